using PolicyMTA.Policy.Scripting;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>What a rule may use while it is asked. One per session.</summary>
internal sealed class RuleScope(StagePolicies policies, SessionVars vars) : IDisposable
{
    public PolicyServices Services => policies.Services;

    public PolicyLimits Limits => policies.Limits;

    public RuleDeadline Deadline { get; } = new(policies.Services.Time);

    public RuleFailures Failures { get; } = new(policies.Services.Logger);

    /// <summary>The session's JavaScript; its engine is made when the first function runs.</summary>
    public SessionScript Script { get; } = new(policies, vars);

    public void Dispose()
    {
        Deadline.End();
        Script.Dispose();
    }
}
