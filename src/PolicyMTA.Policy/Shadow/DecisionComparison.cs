using System.Globalization;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Shadow;

/// <summary>Whether two sets decided the same, and in which words they did not.</summary>
internal static class DecisionComparison
{
    public static bool IsSame(StageDecision one, StageDecision other) =>
        one.Refusal == other.Refusal && one.Actions.SequenceEqual(other.Actions) && one.RelayGrant == other.RelayGrant && one.Recipients.Count == other.Recipients.Count
        && one.Recipients.Zip(other.Recipients).All(pair => pair.First.Recipient == pair.Second.Recipient && IsSame(pair.First.Decision, pair.Second.Decision));

    /// <summary>A decision in a few words, without what a rule took from a message.</summary>
    public static string Describe(StageDecision decision)
    {
        if (decision.Refusal is { } refusal) return string.Create(CultureInfo.InvariantCulture, $"{refusal.Code} {refusal.Status} {refusal.Text}");
        var actions = decision.Actions.Select(Describe).Concat(decision.Recipients.Select(r => $"<{r.Recipient.Address}> {Describe(r.Decision)}"));
        var text = string.Join(", ", decision.RelayGrant is { } grant ? actions.Prepend($"relay by {grant}") : actions);
        return text.Length == 0 ? "accept" : text;
    }

    private static string Describe(Verdict action) => action switch
    {
        Verdict.Prepend prepend => $"prepend {prepend.Field.Name}",
        Verdict.Redirect redirect => $"redirect {redirect.Recipient}",
        Verdict.Bcc bcc => $"bcc {bcc.Recipient}",
        _ => VerdictText.Of(action),
    };
}
