using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>Calls a restriction with the context of the list it stands in; the type was checked when the policies were loaded.</summary>
internal abstract class RestrictionCall
{
    public abstract ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken);

    /// <summary>Null when the restriction needs more than the context offers.</summary>
    public static RestrictionCall? TryBind(object restriction, Type context)
    {
        if (context == typeof(RecipientContext)) return Bind<RecipientContext>(restriction);
        if (context == typeof(LocalSubmissionContext)) return Bind<LocalSubmissionContext>(restriction);
        if (context == typeof(EndOfDataContext)) return Bind<EndOfDataContext>(restriction);
        if (context == typeof(DataContext)) return Bind<DataContext>(restriction);
        if (context == typeof(EtrnContext)) return Bind<EtrnContext>(restriction);
        if (context == typeof(AuthContext)) return Bind<AuthContext>(restriction);
        if (context == typeof(VrfyContext)) return Bind<VrfyContext>(restriction);
        if (context == typeof(SenderContext)) return Bind<SenderContext>(restriction);
        return context == typeof(HeloContext) ? Bind<HeloContext>(restriction) : Bind<ClientContext>(restriction);
    }

    /// <summary>A call for whatever context there is when it is asked: of a restriction that a table names. One that needs more refuses with the cause.</summary>
    public static RestrictionCall OfAny(object restriction) => new Free(restriction);

    private static Bound<TContext>? Bind<TContext>(object restriction) where TContext : ClientContext =>
        restriction is IRestriction<TContext> fitting ? new Bound<TContext>(fitting) : null;

    private sealed class Free(object restriction) : RestrictionCall
    {
        private static readonly Verdict.Refuse TooEarly = Refusals.Of(451, "4.3.5", "Server configuration error", frame: ReplyFrame.None) with { Cause = "this restriction needs what the stage does not know yet" };

        public override ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken) =>
            TryBind(restriction, KnownType(context))?.CheckAsync(context, cancellationToken) ?? new(TooEarly);

        private static Type KnownType(ClientContext context) => context switch
        {
            LocalSubmissionContext => typeof(LocalSubmissionContext),
            EndOfDataContext => typeof(EndOfDataContext),
            DataContext => typeof(DataContext),
            RecipientContext => typeof(RecipientContext),
            EtrnContext => typeof(EtrnContext),
            AuthContext => typeof(AuthContext),
            VrfyContext => typeof(VrfyContext),
            SenderContext => typeof(SenderContext),
            HeloContext => typeof(HeloContext),
            _ => typeof(ClientContext),
        };
    }

    private sealed class Bound<TContext>(IRestriction<TContext> restriction) : RestrictionCall where TContext : ClientContext
    {
        public override ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken)
        {
            if (context is not EtrnContext etrn || context is TContext) return restriction.CheckAsync((TContext)context, cancellationToken);
            // ETRN asks the delayed lists, which were made for RCPT: who needs more than it has says nothing.
            return restriction is IRestriction<EtrnContext> fitting ? fitting.CheckAsync(etrn, cancellationToken) : new(Verdict.Dunno);
        }
    }
}
