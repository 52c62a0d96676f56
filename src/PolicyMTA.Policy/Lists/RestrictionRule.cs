using PolicyMTA.Policy.Recording;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>A plugin's restriction in a list: no JavaScript runs for it.</summary>
internal sealed class RestrictionRule(string name, string plugin, RestrictionCall call, Place place) : Rule(name, place)
{
    public string Plugin { get; } = plugin;

    /// <summary>Its name and arguments.</summary>
    public required string Signature { get; init; }

    /// <summary>The stage of its list.</summary>
    public Stage Stage { get; init; } = Stage.Recipient;

    public override string Kind { get; } = "r." + name;

    public override bool IsUnconditional => Name is "permit" or "reject" or "defer";

    public override ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        var asked = AskOnceAsync(scope, context, cancellationToken);
        if (!asked.IsCompletedSuccessfully) return ApplyAsync(asked, scope, context, cancellationToken);
        var answer = asked.Result;
        return answer.Verdict is Verdict.Apply apply ? scope.Applied.AskAsync(this, apply, scope, context, cancellationToken) : new(answer);
    }

    /// <summary>A table may answer with the names of others.</summary>
    private async ValueTask<RuleAnswer> ApplyAsync(ValueTask<RuleAnswer> asked, RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        var answer = await asked;
        return answer.Verdict is Verdict.Apply apply ? await scope.Applied.AskAsync(this, apply, scope, context, cancellationToken) : answer;
    }

    private ValueTask<RuleAnswer> AskOnceAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        if (scope.Heard is { } heard && heard.Find(Signature, Name, context) is { } known) return new(known);
        if (scope.Told is null && scope.Tape is null) return AskPluginAsync(scope, context, cancellationToken);
        return scope.Tape?.Hear(Signature) is { } recorded ? new(recorded.Repeat(context)) : AskAndTellAsync(scope, context, cancellationToken);
    }

    /// <summary>The shadow set and the tape will hear the answer, whether it was for this recipient only, and what it found.</summary>
    private async ValueTask<RuleAnswer> AskAndTellAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        var recipient = context as RecipientContext;
        var wasRead = recipient?.WasRecipientRead == true;
        if (recipient is not null) recipient.WasRecipientRead = false;
        var results = (context as SenderContext)?.Results;
        var before = results?.Items.Count ?? 0;
        var answer = await AskPluginAsync(scope, context, cancellationToken);
        var kept = new RestrictionAnswer(answer.Verdict, answer.IsFailure, recipient?.WasRecipientRead == true, results is null ? [] : [.. results.Items.Skip(before)]);
        scope.Told?.Keep(Signature, kept);
        scope.Tape?.Keep(Signature, kept);
        if (wasRead) recipient!.WasRecipientRead = true;
        return answer;
    }

    private ValueTask<RuleAnswer> AskPluginAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken)
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
