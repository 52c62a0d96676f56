using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary><c>warn_if_reject(rule)</c>: what would refuse is logged, and the list goes on. <c>defer_if_reject</c> refuses nothing, so it stays.</summary>
internal sealed class WarnIfReject(Rule inner) : Rule("warn_if_reject " + inner.Name, inner.Place)
{
    public override string Kind { get; } = $"warn_if_reject({inner.Kind})";

    public Rule Inner { get; } = inner;

    public override async ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        var answer = await Inner.AskAsync(scope, context, cancellationToken);
        var softened = Softened(answer.Verdict, scope, context);
        return ReferenceEquals(softened, answer.Verdict) ? answer : answer with { Verdict = softened, Softened = answer.Verdict };
    }

    private Verdict Softened(Verdict verdict, RuleScope scope, ClientContext context) => verdict switch
    {
        Verdict.Refuse refuse => Warned(refuse, scope, context),
        Verdict.DeferIfPermit latch => Warned(latch.Refusal, scope, context),
        Verdict.Several several => new Verdict.Several([.. several.Verdicts.Select(v => Softened(v, scope, context))]),
        _ => verdict,
    };

    private Verdict Warned(Verdict.Refuse refuse, RuleScope scope, ClientContext context)
    {
        scope.Failures.WouldReject(Inner, context, refuse);
        return Verdict.Dunno;
    }
}
