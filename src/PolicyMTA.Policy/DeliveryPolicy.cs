using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>
/// The delivery stages of one generation's policies. Thread-safe: each question has an engine of its own. Never throws for what a rule does; only cancellation passes
/// through.
/// </summary>
public sealed class DeliveryPolicy
{
    private readonly StagePolicies _policies;
    private readonly StageSet _lists;

    internal DeliveryPolicy(StagePolicies policies, StageSet lists) => (_policies, _lists) = (policies, lists);

    /// <summary>True when route.js has rules.</summary>
    public bool Routes => Has(Stage.Route);

    /// <summary>True when attempt.js has rules.</summary>
    public bool Attempts => Has(Stage.Attempt);

    /// <summary>True when result.js has rules.</summary>
    public bool Judges => Has(Stage.Result);

    /// <summary>True when bounce.js has rules.</summary>
    public bool Reports => Has(Stage.Bounce);

    /// <summary>Who takes traces; null for nobody.</summary>
    public IDecisionRecorder? Recorder => _policies.Recorder;

    /// <summary>A recipient is due.</summary>
    public ValueTask<StageDecision> RouteAsync(RouteContext context, IDecisionTrace? trace, CancellationToken cancellationToken) => AskAsync(Stage.Route, context, trace, cancellationToken);

    /// <summary>Recipients of one destination are about to be tried.</summary>
    public ValueTask<StageDecision> AttemptAsync(AttemptContext context, IDecisionTrace? trace, CancellationToken cancellationToken) => AskAsync(Stage.Attempt, context, trace, cancellationToken);

    /// <summary>A recipient was tried. A rule that fails changes nothing: what happened has happened.</summary>
    public async ValueTask<StageDecision> ResultAsync(ResultContext context, IDecisionTrace? trace, CancellationToken cancellationToken) =>
        Unfailed(await AskAsync(Stage.Result, context, trace, cancellationToken));

    /// <summary>A report is about to be queued. A rule that fails changes nothing: nobody loses a report by it.</summary>
    public async ValueTask<StageDecision> BounceAsync(BounceContext context, IDecisionTrace? trace, CancellationToken cancellationToken) =>
        Unfailed(await AskAsync(Stage.Bounce, context, trace, cancellationToken));

    private bool Has(Stage stage) => _lists[stage].Rules.Count > 0;

    private static StageDecision Unfailed(StageDecision decision) => decision.HasFailed ? StageDecision.Accept : decision;

    private async ValueTask<StageDecision> AskAsync(Stage stage, ClientContext context, IDecisionTrace? trace, CancellationToken cancellationToken)
    {
        if (!Has(stage)) return StageDecision.Accept;
        using var scope = new RuleScope(_policies, new SessionVars(), _policies.Services.Seed);
        var outcome = await new ListRunner(scope) { Trace = trace }.RunAsync(_lists[stage], context, cancellationToken);
        return outcome.Decide() with { HasFailed = outcome.HasFailed };
    }
}
