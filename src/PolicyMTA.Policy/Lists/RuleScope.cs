using PolicyMTA.Policy.Recording;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Policy.Shadow;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>What a rule may use while it is asked. One per session.</summary>
internal sealed class RuleScope(StagePolicies policies, SessionVars vars, Func<int> seed) : IDisposable
{
    public PolicyServices Services => policies.Services;

    public PolicyLimits Limits => policies.Limits;

    public RuleDeadline Deadline { get; } = new(policies.Services.Time);

    public RuleFailures Failures { get; } = new(policies.Services.Logger);

    /// <summary>Where restrictions leave their answers for the shadow set; null without one.</summary>
    public LiveAnswers? Told { get; set; }

    /// <summary>Where the shadow set hears what restrictions answered; null for the set in force.</summary>
    public LiveAnswers? Heard { get; set; }

    /// <summary>Is told each rule that is asked; null: nobody.</summary>
    public IDecisionTrace? Trace { get; set; }

    /// <summary>What tables name.</summary>
    public AppliedRestrictions Applied => policies.Applied;

    /// <summary>How many lists, named by tables, are being asked one in the other.</summary>
    public int Depth { get; set; }

    /// <summary>What comes from outside is written down here, or read back; null: neither.</summary>
    public Tape? Tape
    {
        get => Script.Memory.Tape;
        set => Script.Memory.Tape = value;
    }

    /// <summary>The session's JavaScript; its engine is made when the first function runs.</summary>
    public SessionScript Script { get; } = new(policies, vars, seed);

    /// <summary>Counts an answer and tells the trace.</summary>
    public RuleAnswer Noted(Stage stage, Rule rule, in RuleAnswer answer, long started)
    {
        var took = Services.Time.GetElapsedTime(started);
        rule.Counts?.Count(answer, took, Services.Time);
        Trace?.Record(new DecisionStep(stage.Name(), rule.Name, rule.Place.File, rule.Place.Line, VerdictText.Of(answer), took));
        return answer;
    }

    public void Dispose()
    {
        Deadline.End();
        Script.Dispose();
    }
}
