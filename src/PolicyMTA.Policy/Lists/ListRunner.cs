using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>Walks lists, left to right, with Postfix's semantics (POLICY_API "Lists"). One per session.</summary>
internal sealed class ListRunner(RuleScope scope)
{
    public IDecisionTrace? Trace
    {
        get => scope.Trace;
        set => scope.Trace = value;
    }

    public async ValueTask<ListOutcome> RunAsync(StageList list, ClientContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ListRun? run = null;
        var rules = list.Rules;
        var sawImplied = false;
        for (var i = 0; i < rules.Count; i++)
        {
            var rule = rules[i];
            sawImplied |= list.Implied is not null && IsSame(rule, list.Implied);
            var answer = await AskAsync(list.Stage, rule, context, cancellationToken);
            if (ReferenceEquals(answer.Verdict, Verdict.Dunno) && answer.Recipients is null) continue;
            run ??= new ListRun(list.Stage, context, scope);
            if (await run.TakeAsync(rule, answer, cancellationToken)) break;
        }
        if (run is null) return sawImplied ? ListOutcome.PermittedWithImplied : ListOutcome.Permitted;
        return run.Outcome with { HasAskedImplied = sawImplied };
    }

    /// <summary>The list, and what the configuration implies behind it.</summary>
    public async ValueTask<ListOutcome> RunWithImpliedAsync(StageList list, ClientContext context, CancellationToken cancellationToken)
    {
        var outcome = await RunAsync(list, context, cancellationToken);
        if (list.Implied is null || outcome.Ends || outcome.HasAskedImplied) return outcome;
        return await RunImpliedAsync(list, context, cancellationToken) is { } refusal ? outcome with { Refusal = refusal, RefusedBy = list.Implied } : outcome;
    }

    /// <summary>Asks what the configuration implies behind a list, unless the list itself has asked it.</summary>
    public async ValueTask<Refusal?> RunImpliedAsync(StageList list, ClientContext context, CancellationToken cancellationToken)
    {
        var rule = list.Implied!;
        var answer = await AskAsync(list.Stage, rule, context, cancellationToken);
        if (ReferenceEquals(answer.Verdict, Verdict.Dunno)) return null;
        var run = new ListRun(list.Stage, context, scope);
        await run.TakeAsync(rule, answer, cancellationToken);
        var outcome = run.Outcome;
        return outcome.Refusal ?? outcome.Latches.IfPermit;
    }

    /// <summary>Tells the trace what a list that was asked before, for another recipient, still says.</summary>
    public void Repeat(Stage stage, ListOutcome kept)
    {
        if (Trace is null || kept is not { Refusal: { } refusal, RefusedBy: { } rule }) return;
        Trace.Record(new DecisionStep(stage.Name(), rule.Name, rule.Place.File, rule.Place.Line, $"{VerdictText.Of(refusal)} (as before)", TimeSpan.Zero));
    }

    /// <summary>Tells the trace what the core itself decided.</summary>
    public void Tell(Stage stage, string what, Refusal refusal) => Trace?.Record(new DecisionStep(stage.Name(), what, "", 0, VerdictText.Of(refusal), TimeSpan.Zero));

    private ValueTask<RuleAnswer> AskAsync(Stage stage, Rule rule, ClientContext context, CancellationToken cancellationToken)
    {
        var started = scope.Services.Time.GetTimestamp();
        var asked = rule.AskAsync(scope, context, cancellationToken);
        return asked.IsCompletedSuccessfully ? new(scope.Noted(stage, rule, asked.Result, started)) : WaitAsync(stage, rule, asked, started);
    }

    private async ValueTask<RuleAnswer> WaitAsync(Stage stage, Rule rule, ValueTask<RuleAnswer> asked, long started) => scope.Noted(stage, rule, await asked, started);

    private static bool IsSame(Rule rule, Rule implied) => rule.Name == implied.Name || (rule is WarnIfReject warn && warn.Inner.Name == implied.Name);
}
