using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>One walk through a list, once a rule has said something.</summary>
internal sealed partial class ListRun(Stage stage, ClientContext context, RuleScope scope)
{
    private readonly List<Verdict> _actions = [];
    private readonly List<IReadOnlyList<RuleAnswer>> _perRecipient = [];
    private Latches _latches;
    private Refusal? _refusal;
    private bool _discards;
    private Rule? _permittedBy;
    private Rule? _refusedBy;
    private string? _relayWhy;
    private bool _hasFailed;

    public ListOutcome Outcome => new()
    {
        Refusal = _refusal,
        RefusedBy = _refusedBy,
        Discards = _discards,
        Actions = _actions,
        Latches = _latches,
        PermittedBy = _permittedBy,
        RelayWhy = _relayWhy,
        PerRecipient = _perRecipient,
        HasFailed = _hasFailed,
    };

    /// <summary>Takes in what a rule said; true when the list ends with it.</summary>
    public async ValueTask<bool> TakeAsync(Rule rule, RuleAnswer answer, CancellationToken cancellationToken)
    {
        _hasFailed |= answer.IsFailure;
        rule = answer.By ?? rule;
        if (answer.Recipients is not null) _perRecipient.Add(answer.Recipients);
        if (answer.Verdict is not Verdict.Several several) return await TakeOneAsync(rule, answer.Verdict, answer.RelayWhy, cancellationToken);
        foreach (var verdict in several.Verdicts)
        {
            if (await TakeAsync(rule, answer with { Verdict = verdict, Recipients = null }, cancellationToken)) return true;
        }
        return false;
    }

    private async ValueTask<bool> TakeOneAsync(Rule rule, Verdict verdict, string? relayWhy, CancellationToken cancellationToken)
    {
        if (!stage.Takes(verdict))
        {
            _hasFailed = true;
            verdict = scope.Failures.OfPolicy(rule, context, $"returned {VerdictText.Of(verdict)}, which the stage {stage.Name()} has no use for");
        }
        switch (verdict)
        {
            case Verdict.DunnoVerdict:
                return false;
            case Verdict.PermitVerdict:
                _permittedBy = rule;
                _relayWhy = relayWhy;
                return true;
            case Verdict.Refuse refuse:
                LogCause(rule, refuse);
                _refusal = Framed(refuse);
                _refusedBy = rule;
                return true;
            case Verdict.DeferIfPermit latch:
                _latches = _latches.Then(new Latches(Framed(Temporary(latch.Refusal)), null));
                return false;
            case Verdict.DeferIfReject latch:
                _latches = _latches.Then(new Latches(null, Framed(Temporary(latch.Refusal))));
                return false;
            case Verdict.Discard:
                _actions.Add(verdict);
                _discards = true;
                return true;
            case Verdict.Delay delay:
                await DelayAsync(delay.Duration, cancellationToken);
                return false;
            case Verdict.Log log:
                Note(rule, log);
                return false;
            default:
                _actions.Add(verdict);
                return false;
        }
    }

    private Refusal Framed(Verdict.Refuse refuse) => RefusalFraming.Frame(refuse, stage, context, scope.Services.Logger);

    private static Verdict.Refuse Temporary(Verdict.Refuse refuse) => refuse.Code < 500 ? refuse : refuse with { Code = refuse.Code - 100 };

    private Task DelayAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var bounded = duration < TimeSpan.Zero ? TimeSpan.Zero : duration > scope.Limits.Delay ? scope.Limits.Delay : duration;
        return Task.Delay(bounded, scope.Services.Time, cancellationToken);
    }

    private void Note(Rule rule, Verdict.Log log)
    {
        var text = RefusalFraming.Neuter(log.Text, 1000);
        if (log.IsWarning) Log.Warn(scope.Services.Logger, context.Session.Id, stage.Name(), rule.Name, text);
        else Log.Info(scope.Services.Logger, context.Session.Id, stage.Name(), rule.Name, text);
    }

    private void LogCause(Rule rule, Verdict.Refuse refuse)
    {
        if (refuse.Cause is not { } cause) return;
        // RFC 3463 §3.4: X.3.Y is trouble of ours.
        var level = refuse.Status.Subject == 3 ? LogLevel.Warning : LogLevel.Information;
        Log.Cause(scope.Services.Logger, level, context.Session.Id, stage.Name(), rule.Name, RefusalFraming.Neuter(cause, 1000));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: {Stage}: {Rule}: warn: {Text}")]
        public static partial void Warn(ILogger logger, string session, string stage, string rule, string text);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Session}: {Stage}: {Rule}: info: {Text}")]
        public static partial void Info(ILogger logger, string session, string stage, string rule, string text);

        [LoggerMessage(Message = "{Session}: {Stage}: {Rule} refuses: {Cause}")]
        public static partial void Cause(ILogger logger, LogLevel level, string session, string stage, string rule, string cause);
    }
}
