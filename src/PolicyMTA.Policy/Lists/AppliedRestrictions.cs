using System.Collections.Concurrent;
using PolicyMTA.Policy.Loading;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>
/// Restrictions that access tables and policy services name while mail comes in (access(5)), and classes, which are lists of their own in <c>classes/</c>. Each text is read once.
/// Belongs to a generation's policies; thread-safe.
/// </summary>
internal sealed class AppliedRestrictions(IReadOnlyDictionary<string, RestrictionDeclaration> declarations, IReadOnlyDictionary<string, StageList> classes) : IAsyncDisposable
{
    /// <summary>Different texts: a table has few, and a policy service that makes up new ones must not fill the memory.</summary>
    internal const int MostTexts = 1000;

    /// <summary>How deep lists may name others: more is a circle.</summary>
    internal const int Deepest = 10;

    private readonly ConcurrentDictionary<string, Lazy<AppliedList>> _lists = new(StringComparer.Ordinal);

    /// <summary>Asks the restrictions that a rule's answer names; what they say in order, up to the one that ends it.</summary>
    public async ValueTask<RuleAnswer> AskAsync(RestrictionRule named, Verdict.Apply apply, RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        var list = Find(apply.Restrictions);
        if (list.Mistake is { } mistake) return Mistaken(apply, mistake);
        if (scope.Depth >= Deepest) return Mistaken(apply, $"{Deepest} lists name each other");
        scope.Depth++;
        try
        {
            return await AskAsync(list, named, apply, scope, context, cancellationToken);
        }
        finally
        {
            scope.Depth--;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var made in _lists.Values.Where(list => list.IsValueCreated).SelectMany(list => list.Value.Made))
        {
            if (made is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else (made as IDisposable)?.Dispose();
        }
    }

    private static async ValueTask<RuleAnswer> AskAsync(AppliedList list, RestrictionRule named, Verdict.Apply apply, RuleScope scope, ClientContext context, CancellationToken cancellationToken)
    {
        var verdicts = new List<Verdict>();
        foreach (var rule in list.Rules)
        {
            var started = scope.Services.Time.GetTimestamp();
            var answer = scope.Noted(named.Stage, rule, await rule.AskAsync(scope, context, cancellationToken), started);
            if (answer.Verdict is Verdict.DunnoVerdict) continue;
            verdicts.Add(About(answer.Verdict, apply.Item));
            if (!Ends(answer.Verdict)) continue;
            if (apply.InsteadOfPermit is { } instead && Permits(answer.Verdict)) verdicts = [instead];
            return new RuleAnswer(Sum(verdicts), answer.RelayWhy) { By = answer.By ?? rule, IsFailure = answer.IsFailure };
        }
        return new RuleAnswer(Sum(verdicts));
    }

    private AppliedList Find(string text)
    {
        if (_lists.TryGetValue(text, out var known)) return known.Value;
        if (_lists.Count >= MostTexts) return AppliedList.Wrong($"there are more than {MostTexts} different lists");
        return _lists.GetOrAdd(text, _ => new Lazy<AppliedList>(() => AppliedList.Read(text, declarations, classes))).Value;
    }

    private static RuleAnswer Mistaken(Verdict.Apply apply, string mistake) =>
        new(Refusals.Of(451, "4.3.5", "Server configuration error", frame: ReplyFrame.None) with { Cause = $"'{apply.Restrictions}' is no access action and no list of restrictions: {mistake}" }) { IsFailure = true };

    private static Verdict Sum(List<Verdict> verdicts) => verdicts.Count switch { 0 => Verdict.Dunno, 1 => verdicts[0], _ => new Verdict.Several(verdicts) };

    // As in Postfix: what is refused is what the table was asked about.
    private static Verdict About(Verdict verdict, RefusedItem item) => verdict switch
    {
        Verdict.Refuse { Item: RefusedItem.OfStage } refuse => refuse with { Item = item },
        Verdict.DeferIfPermit latch => new Verdict.DeferIfPermit((Verdict.Refuse)About(latch.Refusal, item)),
        Verdict.DeferIfReject latch => new Verdict.DeferIfReject((Verdict.Refuse)About(latch.Refusal, item)),
        Verdict.Several several => new Verdict.Several([.. several.Verdicts.Select(one => About(one, item))]),
        _ => verdict,
    };

    private static bool Ends(Verdict verdict) => verdict is Verdict.PermitVerdict or Verdict.Refuse or Verdict.Discard || (verdict is Verdict.Several several && several.Verdicts.Any(Ends));

    private static bool Permits(Verdict verdict) => verdict is Verdict.PermitVerdict || (verdict is Verdict.Several several && several.Verdicts.Any(Permits));
}
