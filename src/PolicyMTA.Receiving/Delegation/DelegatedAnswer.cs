using System.Globalization;
using System.Text;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Delegation;

/// <summary>A decision as an action of access(5), which another MTA carries out. Pure.</summary>
internal static class DelegatedAnswer
{
    /// <summary>Go on. Never OK: behind that the other server asks nothing more, not even whether it relays.</summary>
    internal const string Pass = "DUNNO";

    /// <summary>A decision in the other server's words. It carries out one action: of several it is told the gravest.</summary>
    internal static string Of(StageDecision decision)
    {
        if (decision.Refusal is { } refusal) return Of(refusal);
        return Line(decision.Actions.OrderBy(Rank).Select(Of).FirstOrDefault(action => action is not null) ?? Pass);
    }

    /// <summary>The frame with the refused address is left to the other server, which puts its own there.</summary>
    internal static string Of(Refusal refusal) => Line(string.Create(CultureInfo.InvariantCulture, $"{refusal.Code} {refusal.Status} {refusal.Bare()}"));

    /// <summary>The answer on the wire.</summary>
    internal static byte[] Write(string action) => Encoding.UTF8.GetBytes($"action={action}\n\n");

    private static int Rank(Verdict action) => action switch { Verdict.Discard => 0, Verdict.Hold => 1, Verdict.Redirect => 2, Verdict.Filter => 3, Verdict.Bcc => 4, _ => 5 };

    private static string? Of(Verdict action) => action switch
    {
        Verdict.Discard discard => $"DISCARD {discard.Reason}".TrimEnd(),
        Verdict.Hold hold => $"HOLD {hold.Reason}".TrimEnd(),
        Verdict.Redirect redirect => $"REDIRECT {redirect.Recipient}",
        Verdict.Filter filter => $"FILTER {filter.Destination}",
        Verdict.Bcc bcc => $"BCC {bcc.Recipient}",
        Verdict.Prepend prepend => $"PREPEND {prepend.Field.Name}: {prepend.Field.Value.TrimStart()}",
        _ => null,
    };

    private static string Line(string text) => new([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);
}
