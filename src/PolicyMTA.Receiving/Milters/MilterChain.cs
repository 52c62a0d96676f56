using Microsoft.Extensions.Logging;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Milters;

/// <summary>
/// The milters of a session, asked one after the other in their order. They hear of the connection and of HELO when the first transaction begins: a client that sends no mail costs them
/// nothing. The first refusal ends a step. The session's alone.
/// </summary>
/// <param name="settings">The milters.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
/// <param name="trace">Is told what milters want done; null tells nobody.</param>
internal sealed class MilterChain(MilterSettings settings, TimeProvider time, ILogger log, IDecisionTrace? trace = null) : IAsyncDisposable
{
    private readonly List<FollowingMilter> _milters = [.. settings.Milters.Select(milter => new FollowingMilter(milter, settings.Of(milter), time, log))];
    private bool _isDiscarding;
    private bool _isOpen;
    private bool _hasEnded;

    /// <summary>MAIL, and before the first one what came before.</summary>
    internal async ValueTask<StageDecision> MailAsync(SenderContext context, CancellationToken cancellationToken)
    {
        (_isDiscarding, _isOpen, _hasEnded) = (false, true, false);
        List<Verdict>? actions = null;
        foreach (var milter in _milters)
        {
            if (Decide(milter, await milter.BeginAsync(context, cancellationToken), ref actions) is { } unwelcome) return unwelcome;
        }
        var decision = await AskAsync("mail", each => each.CommandTimeout, (session, token) => session.MailAsync(context, token), actions, cancellationToken);
        if (decision.Refusal is not null) await EndAsync();
        return decision;
    }

    /// <summary>RCPT, after the recipient list permitted it.</summary>
    internal ValueTask<StageDecision> RecipientAsync(RecipientContext context, CancellationToken cancellationToken) =>
        AskAsync("rcpt", each => each.CommandTimeout, (session, token) => session.RecipientAsync(context, token), null, cancellationToken);

    /// <summary>DATA, or the first chunk.</summary>
    internal ValueTask<StageDecision> DataAsync(DataContext context, CancellationToken cancellationToken) =>
        AskAsync("data", each => each.CommandTimeout, (session, token) => session.DataAsync(context, token), null, cancellationToken);

    /// <summary>The whole message. What one milter changes the next one sees: the context is made for each.</summary>
    /// <exception cref="TemporaryFailureException">A table of <c>milter_header_checks</c> could not say.</exception>
    internal async ValueTask<StageDecision> EndOfMessageAsync(Func<EndOfDataContext> context, MilterEdits edits, CancellationToken cancellationToken)
    {
        _hasEnded = true;
        List<Verdict>? actions = null;
        foreach (var milter in _milters)
        {
            if (_isDiscarding) break;
            await using var turn = new MilterTurn(edits, milter.Progress);
            var answer = await milter.AskAsync("end of message", milter.Settings.ContentTimeout, (session, token) => session.EndOfMessageAsync(context(), turn, token), cancellationToken);
            if (Decide(milter, answer, ref actions) is { } refusal) return refusal;
            if (!milter.HasFailed) await turn.KeepAsync();
            var findings = await edits.CheckHeadersAsync(cancellationToken);
            if (findings.Refusal is { } objection) return new StageDecision { Refusal = objection };
            if (findings.IsDiscarded) break;
        }
        return actions is null ? StageDecision.Accept : new StageDecision { Actions = actions };
    }

    /// <summary>The message as it will be queued.</summary>
    internal ValueTask<StageDecision> SignAsync(EndOfDataContext context, CancellationToken cancellationToken) => AskAsync("sign", each => each.ContentTimeout, async (session, token) =>
    {
        await session.SignAsync(context, token);
        return Verdict.Dunno;
    }, null, cancellationToken);

    /// <summary>The transaction is over; if no message came of it, milters are told.</summary>
    internal async ValueTask EndAsync()
    {
        if (!_isOpen) return;
        _isOpen = false;
        foreach (var milter in _milters) await milter.EndAsync(isAborted: !_hasEnded);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        foreach (var milter in _milters) await milter.DisposeAsync();
    }

    private async ValueTask<StageDecision> AskAsync(
        string step, Func<MilterSettings, TimeSpan> patience, Func<IMilterSession, CancellationToken, ValueTask<Verdict>> ask, List<Verdict>? actions, CancellationToken cancellationToken)
    {
        foreach (var milter in _milters)
        {
            if (_isDiscarding) break;
            var answer = await milter.AskAsync(step, patience(milter.Settings), ask, cancellationToken);
            if (Decide(milter, answer, ref actions) is { } refusal) return refusal;
        }
        return actions is null ? StageDecision.Accept : new StageDecision { Actions = actions };
    }

    // The refusal; null to go on.
    private StageDecision? Decide(FollowingMilter milter, Verdict answer, ref List<Verdict>? actions)
    {
        if (milter.HasFailed) answer = OfFailure(milter);
        Tell(milter, answer);
        foreach (var verdict in answer is Verdict.Several several ? several.Verdicts : [answer])
        {
            switch (verdict)
            {
                case Verdict.Refuse refusal:
                    return new StageDecision { Refusal = Refusal.Unframed(refusal) };
                case Verdict.DeferIfPermit latched:
                    return new StageDecision { Refusal = Refusal.Unframed(latched.Refusal) };
                case Verdict.Discard:
                    _isDiscarding = true;
                    (actions ??= []).Add(verdict);
                    break;
                case Verdict.Hold or Verdict.Redirect or Verdict.Bcc or Verdict.Filter or Verdict.Prepend:
                    (actions ??= []).Add(verdict);
                    break;
            }
        }
        return null;
    }

    // Who has nothing to say, or is content, is not told of: most are, with every step.
    private void Tell(FollowingMilter milter, Verdict answer)
    {
        if (trace is null || answer is Verdict.DunnoVerdict or Verdict.PermitVerdict) return;
        trace.Record(new DecisionStep("milter", milter.Name, "", 0, DecisionStep.Describe(answer) + (milter.HasFailed ? " (failed)" : ""), TimeSpan.Zero));
    }

    // As Postfix's milter8_def_reply has them.
    private static Verdict OfFailure(FollowingMilter failed) => failed.Settings.DefaultAction switch
    {
        MilterDefaultAction.Accept => Verdict.Dunno,
        MilterDefaultAction.Quarantine => new Verdict.Hold($"milter {failed.Name} failed"),
        MilterDefaultAction.Reject => new Verdict.Refuse(550, new EnhancedStatus(5, 5, 0), "Service unavailable"),
        MilterDefaultAction.Shutdown => new Verdict.Refuse(421, new EnhancedStatus(4, 7, 0), "Service unavailable") { Disconnects = true },
        _ => new Verdict.Refuse(451, new EnhancedStatus(4, 7, 1), "Service unavailable - try again later"),
    };
}
