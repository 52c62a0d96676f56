using System.Globalization;

namespace PolicyMTA.Policy.Scripting;

/// <summary>Durations as policies write them: <c>'50ms'</c>, <c>'5m'</c>, <c>'1d'</c>.</summary>
internal static class Durations
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        double unit = text[digits..] switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, "w" => 604800, _ => 0 };
        if (unit == 0 || number * unit > TimeSpan.FromDays(3650).TotalSeconds) return false;
        duration = TimeSpan.FromSeconds(number * unit);
        return true;
    }
}
