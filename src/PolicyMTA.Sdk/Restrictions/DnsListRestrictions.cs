namespace PolicyMTA.Sdk;

/// <summary>Declares the restrictions that ask DNS lists.</summary>
public static class DnsListRestrictions
{
    /// <summary>The default of <c>default_rbl_reply</c>.</summary>
    public const string DefaultReply = DnsListReply.DefaultTemplate;

    /// <summary>What is wrong with a value of <c>default_rbl_reply</c>; null when nothing is.</summary>
    public static string? FindMistake(string template) => DnsListReply.FindMistake(template);

    /// <summary>Declares the parameters that refusals read.</summary>
    public static void Declare(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        DnsListReply.Declare(registry);
    }

    /// <summary>Declares a restriction that refuses what a list has. A list that can't be asked lists nobody: it must not stop the mail of all.</summary>
    /// <param name="registry">Where.</param>
    /// <param name="name">Its Postfix name.</param>
    /// <param name="item">What is refused.</param>
    /// <param name="what">The address or name in question, as the reply shows it; null when there is none.</param>
    /// <param name="key">What the list is asked; null for what it is not asked.</param>
    public static void AddReject<TContext>(IPluginRegistry registry, string name, RefusedItem item, Func<TContext, string?> what, Func<TContext, string?> key) where TContext : ClientContext
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddRestriction(name, (arguments, services) =>
        {
            var list = new DnsList(arguments, services);
            var reply = new DnsListReply(services);
            return Restriction.Of<TContext>(async (context, cancellationToken) =>
                what(context) is { } asked && key(context) is { } found && await list.HasAsync(found, cancellationToken) is true
                    ? await reply.RefuseAsync(list, found, item, asked, context, cancellationToken)
                    : Verdict.Dunno);
        }, DnsList.Parameters);
    }

    /// <summary>As <see cref="AddReject{TContext}(IPluginRegistry, string, RefusedItem, Func{TContext, string}, Func{TContext, string})"/>, for lists of domains.</summary>
    public static void AddReject<TContext>(IPluginRegistry registry, string name, RefusedItem item, Func<TContext, string?> what) where TContext : ClientContext =>
        AddReject(registry, name, item, what, context => DnsList.KeyOf(what(context)));

    /// <summary>
    /// Declares a restriction that permits what a list has, unless the recipient's domain is not ours: no list of strangers gives leave to relay. Whom the list could
    /// not be asked about may be on it, so a later refusal is not for good.
    /// </summary>
    public static void AddPermit<TContext>(IPluginRegistry registry, string name, RefusedItem item, Func<TContext, string?> what, Func<TContext, string?> key) where TContext : ClientContext
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddRestriction(name, (arguments, services) =>
        {
            var list = new DnsList(arguments, services);
            return Restriction.Of<TContext>(async (context, cancellationToken) =>
                context is RecipientContext { Recipient.Class: AddressClass.Default } || what(context) is not { } asked || key(context) is not { } found
                    ? Verdict.Dunno
                    : await list.HasAsync(found, cancellationToken) switch
                    {
                        true => Verdict.Permit,
                        false => Verdict.Dunno,
                        null => Undecided(asked, item),
                    });
        }, DnsList.Parameters);
    }

    private static Verdict.DeferIfReject Undecided(string what, RefusedItem item) => new(Refusals.Of(
        Refusals.TemporaryCode, "4.7.1", $"<{what}>: {RefusedClass.NameOf(item)} rejected: Service unavailable", item, ReplyFrame.None));
}
