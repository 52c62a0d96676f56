using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Any;

/// <summary>Reads how long <c>sleep</c> sleeps.</summary>
internal static class Pause
{
    /// <summary>What policies pass.</summary>
    public const string Parameters = "time: Duration | number";

    /// <summary>RFC 5321 §4.5.3.2: a client gives up after five minutes at the earliest.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static TimeSpan From(RestrictionArguments arguments)
    {
        var given = arguments.Positional is [{ } only] ? only : null;
        var seconds = given switch
        {
            double number => number,
            string { Length: > 0 } text => Read(text),
            _ => null,
        };
        if (seconds is not >= 0) throw new ConfigurationException($"{arguments.Name}: a time in seconds, or as '2s', is needed");
        return seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(seconds.Value)
            : throw new ConfigurationException($"{arguments.Name}: clients do not wait longer than {Longest.TotalMinutes:0} minutes");
    }

    private static double? Read(string text)
    {
        var unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return double.TryParse(unit == 0 ? text : text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number * Math.Max(unit, 1) : null;
    }
}
