using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>
/// Brings what <c>per_recipient</c> said into one reply: all reject → reject; any defer → that deferral, and nothing is queued; else each recipient has its own way.
/// </summary>
internal static class PerRecipientDecision
{
    public static async ValueTask<StageDecision> CombineAsync(
        StageDecision decision, IReadOnlyList<IReadOnlyList<RuleAnswer>> answers, EndOfDataContext context, bool answersEach, RuleScope scope, CancellationToken cancellationToken)
    {
        var each = new List<RecipientDecision>(context.Recipients.Count);
        for (var i = 0; i < context.Recipients.Count; i++)
        {
            each.Add(new RecipientDecision(context.Recipients[i], await DecideAsync(answers.Select(a => a[i]), context, scope, cancellationToken)));
        }
        if (answersEach) return decision with { Recipients = each };
        var refusals = each.Select(d => d.Decision.Refusal).OfType<Refusal>().ToList();
        if (refusals.Find(r => r.Code < 500) is { } deferral) return new StageDecision { Refusal = deferral };
        if (refusals.Count > 0 && refusals.Count == each.Count) return new StageDecision { Refusal = refusals[0] };
        return each.TrueForAll(d => d.Decision.Refusal is null && d.Decision.Actions.Count == 0) ? decision : decision with { Recipients = each };
    }

    private static async ValueTask<StageDecision> DecideAsync(
        IEnumerable<RuleAnswer> answers, EndOfDataContext context, RuleScope scope, CancellationToken cancellationToken)
    {
        var run = new ListRun(Stage.EndOfData, context, scope);
        foreach (var answer in answers)
        {
            if (await run.TakeAsync(UnnamedRule.Instance, answer, cancellationToken)) break;
        }
        var outcome = run.Outcome;
        var refusal = outcome.Refusal is { } refused ? outcome.Latches.Resolve(refused) : outcome.Discards ? null : outcome.Latches.IfPermit;
        return refusal is null ? new StageDecision { Actions = outcome.Actions } : new StageDecision { Refusal = refusal };
    }

    private sealed class UnnamedRule() : Rule("per_recipient", Place.None)
    {
        public static UnnamedRule Instance { get; } = new();

        public override string Kind => "per_recipient";

        public override ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken) => new(new RuleAnswer(Verdict.Dunno));
    }
}
