using System.Globalization;

namespace PolicyMTA.Configuration;

/// <summary>Spans of time as Postfix writes them: a number and a unit.</summary>
internal static class PostfixDuration
{
    // As Postfix, whose times are whole seconds in 31 bits.
    private const long Longest = int.MaxValue;

    /// <summary>Reads <c>300s</c>, <c>10m</c>, <c>4h</c>, <c>5d</c>, <c>1w</c>; a bare number is in <paramref name="unit"/>.</summary>
    public static bool TryParse(string text, char unit, out TimeSpan duration)
    {
        duration = default;
        var digits = text.AsSpan().Trim();
        if (digits.Length > 0 && char.IsAsciiLetter(digits[^1]))
        {
            unit = char.ToLowerInvariant(digits[^1]);
            digits = digits[..^1];
        }
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
        var seconds = unit switch { 's' => 1L, 'm' => 60, 'h' => 3600, 'd' => 86_400, 'w' => 604_800, _ => -1 };
        if (seconds < 0 || count > Longest / seconds) return false;
        duration = TimeSpan.FromSeconds(count * seconds);
        return true;
    }
}
