using PolicyMTA.Policy.Scripting;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>A function of a policy file, found again in a session's engine by its file and position.</summary>
internal sealed class FunctionRule(string name, RuleAddress address, FunctionOptions options, Place place) : Rule(name, place)
{
    public override string Kind => "function";

    public RuleAddress Address { get; } = address;

    public FunctionOptions Options { get; } = options;

    public override ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken) =>
        scope.Script.CallAsync(this, scope, context, null, cancellationToken);
}
