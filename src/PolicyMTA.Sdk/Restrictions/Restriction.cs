namespace PolicyMTA.Sdk;

/// <summary>Makes restrictions of functions, for those that are one expression.</summary>
public static class Restriction
{
    /// <summary>A restriction that decides from its context alone. The function is called by many sessions at once.</summary>
    public static IRestriction<TContext> Of<TContext>(Func<TContext, Verdict> check) where TContext : ClientContext => new Immediate<TContext>(check);

    /// <summary>A restriction that asks others. The function is called by many sessions at once; its token ends with the rule's budget or the session.</summary>
    public static IRestriction<TContext> Of<TContext>(Func<TContext, CancellationToken, ValueTask<Verdict>> check) where TContext : ClientContext =>
        new Asking<TContext>(check);

    private sealed class Immediate<TContext>(Func<TContext, Verdict> check) : IRestriction<TContext> where TContext : ClientContext
    {
        public ValueTask<Verdict> CheckAsync(TContext context, CancellationToken cancellationToken) => new(check(context));
    }

    private sealed class Asking<TContext>(Func<TContext, CancellationToken, ValueTask<Verdict>> check) : IRestriction<TContext> where TContext : ClientContext
    {
        public ValueTask<Verdict> CheckAsync(TContext context, CancellationToken cancellationToken) => check(context, cancellationToken);
    }
}
