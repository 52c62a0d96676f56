using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.SpamAssassin;

/// <summary>What spamd says of a message. An immutable value.</summary>
/// <param name="IsSpam">The score reached what is required.</param>
/// <param name="Score">The score.</param>
/// <param name="Required">From which score on it is spam.</param>
internal sealed record SpamJudgement(bool IsSpam, double Score, double Required)
{
    /// <summary>The tests that hit, with commas; empty when spamd did not say.</summary>
    internal string Tests { get; init; } = "";

    internal string ScoreText => Text(Score);

    internal string RequiredText => Text(Required);

    /// <summary>For policies only: nobody outside needs to know our scores.</summary>
    internal AuthenticationResult Result => new("spamassassin", IsSpam ? "spam" : "ham") { IsPublished = false, Properties = [new("score", ScoreText), new("required", RequiredText), new("tests", Tests)] };

    /// <summary>Reads the value of the Spam header: <c>True ; 15.3 / 5.0</c>; null when it is none.</summary>
    internal static SpamJudgement? Parse(string value)
    {
        var parts = value.Split(';', '/');
        if (parts.Length != 3 || value.IndexOf(';', StringComparison.Ordinal) > value.IndexOf('/', StringComparison.Ordinal)) return null;
        if (!IsNumber(parts[1], out var score) || !IsNumber(parts[2], out var required)) return null;
        return parts[0].Trim().ToUpperInvariant() switch
        {
            "TRUE" or "YES" => new SpamJudgement(true, score, required),
            "FALSE" or "NO" => new SpamJudgement(false, score, required),
            _ => null,
        };
    }

    private static bool IsNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static string Text(double number) => number.ToString("0.0##", CultureInfo.InvariantCulture);
}
