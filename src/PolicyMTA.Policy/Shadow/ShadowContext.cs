using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Shadow;

/// <summary>Contexts for the shadow set: what its rules change there is seen by nobody else. Made before the set in force is asked, so that both see the same.</summary>
internal static class ShadowContext
{
    /// <summary>A copy of the same kind.</summary>
    public static TContext Of<TContext>(TContext context) where TContext : ClientContext => (TContext)(ClientContext)(context switch
    {
        LocalSubmissionContext c => new LocalSubmissionContext(c.Session, Of(c.Transaction), c.Recipients, new ShadowMessage(c.Message), c.User),
        EndOfDataContext c => new EndOfDataContext(c.Session, Of(c.Transaction), c.Recipients, new ShadowMessage(c.Message)),
        DataContext c => new DataContext(c.Session, Of(c.Transaction), c.Recipients),
        RecipientContext c => new RecipientContext(c.Session, Of(c.Transaction), c.PeekRecipient()),
        SenderContext c => new SenderContext(c.Session, Of(c.Transaction)),
        EtrnContext c => new EtrnContext(c.Session, c.Domain),
        AuthContext c => new AuthContext(c.Session, c.Attempt),
        VrfyContext c => new VrfyContext(c.Session, c.Address),
        HeloContext c => new HeloContext(c.Session),
        _ => new ClientContext(context.Session),
    });

    private static TransactionFacts Of(TransactionFacts facts)
    {
        var results = new AuthenticationResults();
        foreach (var result in facts.Results.Items) results.Add(result);
        return facts with { Results = results };
    }
}
