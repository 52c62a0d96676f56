using System.Globalization;

namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>Reads times as Postfix writes them: a number with a unit, or of seconds. Pure.</summary>
internal static class ServiceTime
{
    private const long Longest = 7 * 86400;

    /// <summary>The time; null when there is none, or it is longer than a week.</summary>
    internal static TimeSpan? Find(string text)
    {
        var unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, 'w' => Longest, _ => 0L };
        if (!long.TryParse(unit == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Longest) return null;
        var seconds = number * Math.Max(unit, 1);
        return seconds <= Longest ? TimeSpan.FromSeconds(seconds) : null;
    }
}
