using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>Verdicts in the words of policies, short, for traces.</summary>
internal static class VerdictText
{
    public static string Of(RuleAnswer answer) => answer.Recipients is { } each
        ? "per_recipient " + string.Join(", ", each.Select(Of))
        : answer.Softened is { } softened ? "warn " + Of(softened) : answer.RelayWhy is null ? Of(answer.Verdict) : "permit.relay";

    public static string Of(Refusal refusal) => string.Create(CultureInfo.InvariantCulture, $"{(refusal.Disconnects ? "disconnect" : refusal.Code < 500 ? "defer" : "reject")} {refusal.Code} {refusal.Status}");

    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.PermitVerdict => "permit",
        Verdict.Refuse r => string.Create(CultureInfo.InvariantCulture, $"{(r.Disconnects ? "disconnect" : r.Code < 500 ? "defer" : "reject")} {r.Code} {r.Status}"),
        Verdict.DeferIfPermit => "defer_if_permit",
        Verdict.DeferIfReject => "defer_if_reject",
        Verdict.Discard => "discard",
        Verdict.Hold h => "hold " + h.Name,
        Verdict.Redirect => "redirect",
        Verdict.Bcc => "bcc",
        Verdict.Filter => "filter",
        Verdict.Prepend => "prepend",
        Verdict.Delay => "delay",
        Verdict.Log l => l.IsWarning ? "warn" : "info",
        Verdict.Route r => r.Transport is null ? "route" : $"route {r.Transport}:{r.NextHop}",
        Verdict.Deliver => "deliver",
        Verdict.Apply a => "apply " + a.Restrictions,
        Verdict.Several s => string.Join(", ", s.Verdicts.Select(Of)),
        _ => "dunno",
    };
}
