using Microsoft.Extensions.Logging;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Shadow;

/// <summary>
/// The shadow set beside one session: it is asked after the set in force, what it says is compared, counted and logged, and has no effect. A stage waits for it at most
/// <see cref="Patience"/>; then the session goes on without it. Belongs to the session.
/// </summary>
internal sealed partial class ShadowSession(SessionPolicy policy, ShadowCounts counts, PolicyServices services) : IDecisionTrace, IAsyncDisposable
{
    /// <summary>How long a reply may wait for what has no effect.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private DecisionStep _decider;
    private bool _isOver;

    /// <summary>What the shadow set keeps for the length of the session.</summary>
    public SessionVars Vars => policy.Vars;

    /// <inheritdoc/>
    public void Record(DecisionStep step)
    {
        if (step.Verdict != "dunno") _decider = step;
    }

    /// <summary>Asks the shadow set what the set in force was asked; a step for the trace when it says something else.</summary>
    public async ValueTask<DecisionStep?> CompareAsync(Question question, ClientContext context, StageDecision live, CancellationToken cancellationToken)
    {
        var stage = question.Stage().Name();
        if (_isOver) return null;
        _decider = default;
        policy.Trace = this;
        using var patience = new CancellationTokenSource(Patience, services.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var decision = await policy.AnswerAsync(question, context, both.Token);
            var isSame = DecisionComparison.IsSame(live, decision);
            counts.Count(isSame);
            return isSame ? null : Told(stage, context, live, decision);
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            _isOver = true;
            counts.CountUnanswered();
            Log.GivenUp(services.Logger, context.Session.Id, stage, trouble is OperationCanceledException ? "it took too long" : trouble.GetType().Name);
            return null;
        }
    }

    /// <summary>The transaction is over.</summary>
    public void EndTransaction() => policy.EndTransaction();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => policy.DisposeAsync();

    private DecisionStep Told(string stage, ClientContext context, StageDecision live, StageDecision decision)
    {
        var (was, wouldBe) = (DecisionComparison.Describe(live), DecisionComparison.Describe(decision));
        var rule = _decider.Rule ?? "no rule";
        var place = _decider.File is { Length: > 0 } file ? $" {file}:{_decider.Line}" : "";
        Log.Differs(services.Logger, context.Session.Id, stage, RefusalFraming.Neuter(was, 500), RefusalFraming.Neuter(wouldBe, 500), rule, place);
        return new DecisionStep("shadow", rule, _decider.File ?? "", _decider.Line, $"would be {RefusalFraming.Neuter(wouldBe, 500)}", TimeSpan.Zero);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Session}: shadow: {Stage}: {Live} would be {Shadow} by {Rule}{Place}")]
        public static partial void Differs(ILogger logger, string session, string stage, string live, string shadow, string rule, string place);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: shadow: {Stage}: no answer, {Reason}; the session goes on without it")]
        public static partial void GivenUp(ILogger logger, string session, string stage, string reason);
    }
}
