using System.Globalization;

namespace PolicyMTA.Queue;

/// <summary>Numbers on one side of a limit: <c>&gt;3</c>, <c>&gt;=3</c>, <c>&lt;3</c>, <c>&lt;=3</c>, <c>3</c>. An immutable value.</summary>
/// <param name="Sign">The comparison; <c>=</c> without one.</param>
/// <param name="Limit">The number.</param>
public sealed record NumberRange(string Sign, double Limit)
{
    private static readonly string[] Signs = [">=", "<=", ">", "<", "="];

    /// <summary>Whether a number is in the range.</summary>
    public bool Contains(double number) => Sign switch
    {
        ">" => number > Limit,
        ">=" => number >= Limit,
        "<" => number < Limit,
        "<=" => number <= Limit,
        _ => Math.Floor(number) == Limit,
    };

    /// <summary>Reads a sign and what <paramref name="read"/> makes of the rest; null when that is none.</summary>
    public static NumberRange? TryParse(string text, Func<string, double?> read)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(read);
        var sign = Signs.FirstOrDefault(s => text.StartsWith(s, StringComparison.Ordinal)) ?? "";
        return read(text[sign.Length..].Trim()) is { } limit ? new NumberRange(sign.Length == 0 ? "=" : sign, limit) : null;
    }

    /// <summary>Reads a whole number.</summary>
    public static double? ReadNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
