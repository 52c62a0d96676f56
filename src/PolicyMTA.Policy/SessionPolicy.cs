using Microsoft.Extensions.Logging;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Policy.Shadow;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>
/// The policies of one generation at work on one session. Belongs to the session: one call at a time. Never throws for what a rule does: a failing rule is
/// its fallback. Only cancellation passes through.
/// </summary>
public sealed partial class SessionPolicy : IAsyncDisposable
{
    private readonly StagePolicies _policies;
    private readonly StageSet _lists;
    private readonly SessionVars _vars;
    private readonly RuleScope _scope;
    private readonly ListRunner _runner;
    private readonly DelayedLists _delayed;
    private readonly EarlyLatches _early = new();
    private ShadowSession? _shadow;
    private RecordingTape? _tape;

    internal SessionPolicy(StagePolicies policies, StageSet lists, SessionVars vars, Func<int> seed)
    {
        (_policies, _lists, _vars) = (policies, lists, vars);
        _scope = new RuleScope(policies, vars, seed);
        _runner = new ListRunner(_scope);
        _delayed = new DelayedLists(_runner, lists);
    }

    /// <summary>What <c>session.vars</c> holds, to hand to the next generation's session.</summary>
    public SessionVars Vars
    {
        get
        {
            _scope.Script.KeepVars();
            _vars.Shadow = _shadow?.Vars;
            _vars.Tape = _tape;
            return _vars;
        }
    }

    /// <summary>Is told every rule from now on; null tells no one and costs nothing.</summary>
    public IDecisionTrace? Trace
    {
        get => _runner.Trace;
        set => _runner.Trace = value;
    }

    /// <summary>After connecting. With <c>smtpd_delay_reject</c> nothing runs yet.</summary>
    public ValueTask<StageDecision> ClientAsync(ClientContext context, CancellationToken cancellationToken) => AskAsync(Question.Client, context, cancellationToken);

    /// <summary>After HELO or EHLO, likewise.</summary>
    public ValueTask<StageDecision> HeloAsync(HeloContext context, CancellationToken cancellationToken) => AskAsync(Question.Helo, context, cancellationToken);

    /// <summary>After MAIL, likewise. Starts a transaction.</summary>
    public ValueTask<StageDecision> SenderAsync(SenderContext context, CancellationToken cancellationToken) => AskAsync(Question.Sender, context, cancellationToken);

    /// <summary>After RCPT: what was delayed, then relay, the core's relay check, recipient; latches resolved.</summary>
    public ValueTask<StageDecision> RecipientAsync(RecipientContext context, CancellationToken cancellationToken) => AskAsync(Question.Recipient, context, cancellationToken);

    /// <summary>RCPT in a session of another server, which asks for advice and decides itself whom it relays for: as <see cref="RecipientAsync"/>, without relay list and relay check.</summary>
    public ValueTask<StageDecision> AdviseAsync(RecipientContext context, CancellationToken cancellationToken) => AskAsync(Question.Advice, context, cancellationToken);

    /// <summary>ETRN: the client and helo lists if they were delayed, then its own; latches resolved (smtpd(8)). Actions are for messages, so there are none.</summary>
    public async ValueTask<Refusal?> EtrnAsync(EtrnContext context, CancellationToken cancellationToken) => (await AskAsync(Question.Etrn, context, cancellationToken)).Refusal;

    /// <summary>AUTH, before a login is tried and after; null: it may go on. Actions are for messages, so there are none.</summary>
    public async ValueTask<Refusal?> AuthAsync(AuthContext context, CancellationToken cancellationToken) => (await AskAsync(Question.Auth, context, cancellationToken)).Refusal;

    /// <summary>VRFY, before the recipient is looked at as RCPT would.</summary>
    public async ValueTask<Refusal?> VrfyAsync(VrfyContext context, CancellationToken cancellationToken) => (await AskAsync(Question.Vrfy, context, cancellationToken)).Refusal;

    /// <summary>DATA or the first BDAT.</summary>
    public ValueTask<StageDecision> DataAsync(DataContext context, CancellationToken cancellationToken) => AskAsync(Question.Data, context, cancellationToken);

    /// <summary>The message is here.</summary>
    public ValueTask<StageDecision> EndOfDataAsync(EndOfDataContext context, CancellationToken cancellationToken) => AskAsync(Question.EndOfData, context, cancellationToken);

    /// <summary>The message is here; with <paramref name="answersEach"/> every recipient gets its own reply (LMTP), so that what <c>per_recipient</c> said need not become one.</summary>
    public ValueTask<StageDecision> EndOfDataAsync(EndOfDataContext context, bool answersEach, CancellationToken cancellationToken) =>
        AskAsync(answersEach ? Question.EndOfDataForEach : Question.EndOfData, context, cancellationToken);

    /// <summary>A message that a user of this machine submitted without a session.</summary>
    public ValueTask<StageDecision> LocalSubmissionAsync(LocalSubmissionContext context, CancellationToken cancellationToken) => AskAsync(Question.LocalSubmission, context, cancellationToken);

    /// <summary>The transaction is over, well or not; the session may idle now.</summary>
    public void EndTransaction()
    {
        _delayed.Forget();
        _early.ForgetTransaction();
        _scope.Script.EndTransaction();
        _scope.Told?.Clear();
        _shadow?.EndTransaction();
        _tape?.EndTransaction();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_tape?.Owner == this) _tape.HandIn();
        _scope.Dispose();
        if (_shadow is not null) await _shadow.DisposeAsync();
    }

    /// <summary>What the policies say to a question, without anybody beside them.</summary>
    internal ValueTask<StageDecision> AnswerAsync(Question question, ClientContext context, CancellationToken cancellationToken) => question switch
    {
        Question.Client or Question.Helo => EarlyAsync(question.Stage(), context, cancellationToken),
        Question.Sender => SenderAsync(context, cancellationToken),
        Question.Recipient or Question.Advice => AskRecipientAsync((RecipientContext)context, relays: question == Question.Recipient, cancellationToken),
        Question.Etrn => AskEtrnAsync(context, cancellationToken),
        Question.Auth or Question.Vrfy => AskAloneAsync(question.Stage(), context, cancellationToken),
        Question.Data => DecideAsync(Stage.Data, context, cancellationToken),
        _ => MessageAsync(question.Stage(), (EndOfDataContext)context, answersEach: question == Question.EndOfDataForEach, cancellationToken),
    };

    /// <summary>Another set is asked the same from now on, without effect.</summary>
    internal void Accompany(SessionPolicy shadow, ShadowCounts counts)
    {
        shadow._scope.Heard = _scope.Told = new LiveAnswers();
        _shadow = new ShadowSession(shadow, counts, Services);
    }

    /// <summary>What is asked from now on is written down.</summary>
    internal void Record(RecordingTape tape, string set, int seed)
    {
        _scope.Tape = _tape = tape;
        tape.Begin(this, _policies.Hash, set, seed);
    }

    /// <summary>What comes from outside is what was recorded.</summary>
    internal void Play(ReplayTape tape) => _scope.Tape = tape;

    private PolicyServices Services => _policies.Services;

    /// <summary>Asks this set, and who is beside it if anything is asked at all. What a decision is, only this set says.</summary>
    private ValueTask<StageDecision> AskAsync(Question question, ClientContext context, CancellationToken cancellationToken)
    {
        if ((_shadow is null && _tape is null) || (_policies.DelayReject && question <= Question.Sender)) return AnswerAsync(question, context, cancellationToken);
        return _tape is null ? CompareAsync(question, context, cancellationToken) : RecordAsync(_tape, question, context, cancellationToken);
    }

    private async ValueTask<StageDecision> RecordAsync(RecordingTape tape, Question question, ClientContext context, CancellationToken cancellationToken)
    {
        var trace = Trace;
        var decider = new DeciderTrace(trace);
        Trace = decider;
        try
        {
            return await tape.RecordAsync(question, context, decider, Services.Time, () => CompareAsync(question, context, cancellationToken));
        }
        finally
        {
            Trace = trace;
        }
    }

    private async ValueTask<StageDecision> CompareAsync(Question question, ClientContext context, CancellationToken cancellationToken)
    {
        if (_shadow is null) return await AnswerAsync(question, context, cancellationToken);
        var copy = ShadowContext.Of(context);
        if (question.Stage() == Stage.Recipient) _scope.Told?.ForgetRecipient();
        else _scope.Told?.Clear();
        var live = await AnswerAsync(question, context, cancellationToken);
        if (await _shadow.CompareAsync(question, copy, live, cancellationToken) is { } difference) Trace?.Record(difference);
        return live;
    }

    private ValueTask<StageDecision> SenderAsync(ClientContext context, CancellationToken cancellationToken)
    {
        _delayed.Forget();
        return EarlyAsync(Stage.Sender, context, cancellationToken);
    }

    private async ValueTask<StageDecision> AskRecipientAsync(RecipientContext context, bool relays, CancellationToken cancellationToken)
    {
        var run = new RecipientRun();
        if (_policies.DelayReject) await _delayed.RunAsync(run, context, cancellationToken);
        else run.Take(_early.Sum);
        if (relays && !run.IsOver) await RelayAsync(run, context, cancellationToken);
        if (!run.IsOver) await LastAsync(run, context, cancellationToken);
        var decision = run.Decision;
        return decision.Actions.Count == 0 ? decision : decision with { Actions = _delayed.WithoutRepeats(decision.Actions) };
    }

    private async ValueTask<StageDecision> AskEtrnAsync(ClientContext context, CancellationToken cancellationToken)
    {
        var run = new RecipientRun();
        if (!_policies.DelayReject) run.Take(_early.Sum);
        else
        {
            for (var stage = Stage.Client; stage <= Stage.Helo && !run.IsOver; stage++) run.Take(await _runner.RunAsync(_lists[stage], context, cancellationToken));
        }
        if (!run.IsOver) run.Take(await _runner.RunAsync(_lists[Stage.Etrn], context, cancellationToken));
        run.ResolvePermit();
        return run.Decision with { Actions = [] };
    }

    private async ValueTask<StageDecision> AskAloneAsync(Stage stage, ClientContext context, CancellationToken cancellationToken)
    {
        var run = new RecipientRun();
        run.Take(await _runner.RunAsync(_lists[stage], context, cancellationToken));
        run.ResolvePermit();
        return run.Decision with { Actions = [] };
    }

    private async ValueTask<StageDecision> DecideAsync(Stage stage, ClientContext context, CancellationToken cancellationToken) => (await _runner.RunAsync(_lists[stage], context, cancellationToken)).Decide();

    private async ValueTask<StageDecision> MessageAsync(Stage stage, EndOfDataContext context, bool answersEach, CancellationToken cancellationToken)
    {
        var outcome = await _runner.RunAsync(_lists[stage], context, cancellationToken);
        var decision = outcome.Decide();
        if (decision.Refusal is null && outcome.PerRecipient.Count > 0)
            decision = await PerRecipientDecision.CombineAsync(decision, outcome.PerRecipient, context, answersEach, _scope, cancellationToken);
        if (decision.Refusal is null && !decision.RefusesEach(context.Recipients.Count)) await CountAcceptedAsync(context, cancellationToken);
        return decision;
    }

    private ValueTask<StageDecision> EarlyAsync(Stage stage, ClientContext context, CancellationToken cancellationToken) =>
        _policies.DelayReject ? new(StageDecision.Accept) : RunEarlyAsync(stage, context, cancellationToken);

    private async ValueTask<StageDecision> RunEarlyAsync(Stage stage, ClientContext context, CancellationToken cancellationToken)
    {
        var outcome = await _runner.RunWithImpliedAsync(_lists[stage], context, cancellationToken);
        _early.Keep(stage, outcome.Latches);
        if (outcome.Refusal is not { } refusal) return outcome.Actions.Count == 0 ? StageDecision.Accept : new StageDecision { Actions = outcome.Actions };
        return new StageDecision { Refusal = _early.Sum.Resolve(refusal) };
    }

    private async ValueTask RelayAsync(RecipientRun run, RecipientContext context, CancellationToken cancellationToken)
    {
        var outcome = await _runner.RunAsync(_lists[Stage.Relay], context, cancellationToken);
        run.Take(outcome);
        if (run.IsOver) return;
        run.Grant = RelayCapability.FindGrant(outcome, context);
        var recipient = context.PeekRecipient();
        if (recipient.Class != AddressClass.Default) return;
        if (run.Grant is null)
        {
            var denied = RefusalFraming.Frame(RelayCapability.Denied, Stage.Relay, context, _scope.Services.Logger);
            _runner.Tell(Stage.Relay, "relay access", denied);
            run.Refuse(denied);
        }
        else Log.Granted(_scope.Services.Logger, context.Session.Id, RefusalFraming.Neuter(recipient.Address.ToString(), 300), RefusalFraming.Neuter(run.Grant, 200));
    }

    private async ValueTask LastAsync(RecipientRun run, RecipientContext context, CancellationToken cancellationToken)
    {
        var list = _lists[Stage.Recipient];
        var outcome = await _runner.RunAsync(list, context, cancellationToken);
        run.Take(outcome);
        run.ResolvePermit();
        if (run.IsOver || list.Implied is null || outcome.HasAskedImplied) return;
        if (await _runner.RunImpliedAsync(list, context, cancellationToken) is { } refusal) run.Refuse(refusal);
    }

    private async ValueTask CountAcceptedAsync(EndOfDataContext context, CancellationToken cancellationToken)
    {
        try
        {
            await _scope.Script.AcceptAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.CountFailed(_scope.Services.Logger, context.Session.Id, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: a count of accepted messages could not be kept")]
        public static partial void CountFailed(ILogger logger, string session, Exception cause);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Session}: may relay to {Recipient}: {Grant}")]
        public static partial void Granted(ILogger logger, string session, string recipient, string grant);
    }
}
