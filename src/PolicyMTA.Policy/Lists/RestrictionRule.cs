using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>A plugin's restriction in a list: no JavaScript runs for it.</summary>
internal sealed class RestrictionRule(string name, string plugin, RestrictionCall call, Place place) : Rule(name, place)
{
    public string Plugin { get; } = plugin;

    public override string Kind { get; } = "r." + name;

    public override bool IsUnconditional => Name is "permit" or "reject" or "defer";

    public override ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        ValueTask<Verdict> asked;
        try
        {
            asked = call.CheckAsync(context, scope.Deadline.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new(Failed(scope, context, e));
        }
        return asked.IsCompletedSuccessfully ? new(Answered(scope, context, asked.Result)) : WaitAsync(scope, context, asked, cancellationToken);
    }

    private async ValueTask<RuleAnswer> WaitAsync(RuleScope scope, ClientContext context, ValueTask<Verdict> asked, CancellationToken cancellationToken)
    {
        try
        {
            return Answered(scope, context, await scope.Deadline.WaitAsync(asked.AsTask(), scope.Limits.RestrictionBudget, cancellationToken));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(scope, context, e);
        }
    }

    private RuleAnswer Failed(RuleScope scope, ClientContext context, Exception cause) => new(scope.Failures.OfRestriction(this, context, cause)) { IsFailure = true };

    private RuleAnswer Answered(RuleScope scope, ClientContext context, Verdict? verdict) =>
        verdict is not null ? new(verdict) : new(scope.Failures.NoVerdict(this, context)) { IsFailure = true };
}
