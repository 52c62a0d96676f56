using PolicyMTA.Policy.Scripting;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>A function of a policy file, found again in a session's engine by its file and position.</summary>
internal sealed class FunctionRule(string name, RuleAddress address, FunctionOptions options, Place place) : Rule(name, place)
{
    public override string Kind => "function";

    public RuleAddress Address { get; } = address;

    public FunctionOptions Options { get; } = options;

    private readonly RuleBreaker _breaker = new();

    public override ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken) => CallAsync(scope, context, null, Counts, cancellationToken);

    /// <summary>Calls it, unless it has failed so often that it is left alone for a while.</summary>
    /// <param name="scope">The session's.</param>
    /// <param name="context">What it is asked about.</param>
    /// <param name="recipient">The recipient in question; null: that of the context.</param>
    /// <param name="counts">Where it is told whether it is left alone; null: nowhere.</param>
    /// <param name="cancellationToken">The session's end.</param>
    public async ValueTask<RuleAnswer> CallAsync(RuleScope scope, ClientContext context, Recipient? recipient, RuleCounts? counts, CancellationToken cancellationToken)
    {
        var time = scope.Services.Time;
        var left = _breaker.MayAsk(time) ? null : _breaker.Last;
        if (scope.Tape is { } tape) left = tape.Leave(Address, left);
        if (left is not null) return new RuleAnswer(left) { IsFailure = true };
        RuleAnswer answer;
        try
        {
            answer = await scope.Script.CallAsync(this, scope, context, recipient, cancellationToken);
        }
        catch
        {
            _breaker.Left();
            throw;
        }
        if (answer.IsFailure && _breaker.Failed(answer.Verdict, time)) scope.Failures.Opened(this, context);
        if (!answer.IsFailure && _breaker.Passed()) scope.Failures.Closed(this, context);
        counts?.Left(_breaker.IsOpen);
        return answer;
    }
}
