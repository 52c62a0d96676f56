using System.Net;
using PolicyMTA.Filters.Dmarc.Reports;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>One session's messages.</summary>
internal sealed class DmarcSession(MessageCheck check, DmarcOptions options, EvaluationRecorder? recorder) : IMilterSession
{
    private readonly List<IPNetwork> _trusted = DmarcOptions.Networks(options.TrustedForwarders);

    /// <inheritdoc/>
    public async ValueTask<Verdict> EndOfMessageAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken)
    {
        // What this machine's own users submit has nobody to vouch for it.
        if (context is LocalSubmissionContext || context.Sasl is not null && options.IgnoreAuthenticatedClients || IsIgnored(context.Sender)) return Verdict.Dunno;
        var from = FromHeader.Of(context.Message.Headers);
        var outcome = await check.RunAsync(from, AuthenticatedDomains.Of(context.Results, context.Sender.IsNull), cancellationToken);
        context.Results.Add(Result(outcome));
        var isTrusted = _trusted.Exists(network => network.Contains(context.Client.Address));
        var refusal = isTrusted ? null : Refuse(from, outcome);
        var isHeld = !isTrusted && refusal is null && Hold(outcome, edits);
        recorder?.Record(context, outcome, refusal is not null ? DmarcPolicy.Reject : isHeld ? DmarcPolicy.Quarantine : DmarcPolicy.None, isTrusted);
        return refusal ?? Verdict.Dunno;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Verdict.Refuse? Refuse(FromHeader from, DmarcOutcome outcome)
    {
        if (options.RequiredHeaders && from.Domains.Count == 0 || options.RejectMultiValueFrom && from.Domains.Count > 1 && !from.IsSound) return Of(550, "5.7.1", "Command rejected", from.Problem);
        // What can't be checked for its number can't be let through where failures are refused.
        if (options.RejectFailures && from.HasTooMany) return Of(550, "5.7.1", "Command rejected", outcome.Reason);
        var isRefused = outcome.Disposition == DmarcPolicy.Reject && options.RejectFailures || outcome.Disposition == DmarcPolicy.Quarantine && options.Quarantine == "reject";
        if (isRefused) return Of(550, "5.7.1", $"rejected by DMARC policy for {outcome.Published!.Domain}", outcome.Reason);
        return options.TemperrorDefer && outcome.Result == DmarcResult.TempError ? Of(451, "4.7.1", $"DMARC policy for {outcome.Author} can't be looked up now", outcome.Reason) : null;
    }

    private bool Hold(DmarcOutcome outcome, IMilterEdits edits)
    {
        if (options.Quarantine != "hold" || outcome.Disposition != DmarcPolicy.Quarantine) return false;
        edits.Quarantine($"quarantined by DMARC policy for {outcome.Published!.Domain}");
        return true;
    }

    private bool IsIgnored(Address sender) => options.IgnoreMailFrom.Any(domain =>
        domain.StartsWith('.') ? sender.Domain.EndsWith(domain, StringComparison.OrdinalIgnoreCase) : sender.Domain.Equals(domain, StringComparison.OrdinalIgnoreCase));

    // RFC 9989 §9.1: header.from is what was checked, policy.dmarc what its domain asks for.
    private static AuthenticationResult Result(DmarcOutcome outcome) => new("dmarc", outcome.Result.ToString().ToLowerInvariant(), outcome.Reason.Length > 0 ? outcome.Reason : null)
    {
        Properties = outcome.Published is null ? [new("header.from", outcome.Author)] : [new("header.from", outcome.Author), new("policy.dmarc", outcome.Policy.Word())],
    };

    private static Verdict.Refuse Of(int code, string status, string text, string cause) => Refusals.Of(code, status, text, frame: ReplyFrame.None) with { Cause = cause };
}
