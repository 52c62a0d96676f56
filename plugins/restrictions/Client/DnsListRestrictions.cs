using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Client;

/// <summary>The restrictions that ask DNS lists for the client's address or names.</summary>
internal static class DnsListRestrictions
{
    private const string Code = "maps_rbl_reject_code";

    public static void Register(IPluginRegistry registry)
    {
        registry.AddSetting(Code, "554");
        registry.AddRestriction("reject_rbl_client", (a, s) => Reject(a, s, "Client host", AddressOf, client => client.Address.ToString()));
        registry.AddRestriction("reject_rhsbl_client", (a, s) => Reject(a, s, "Client host", client => NameOf(client.Name), client => client.Name));
        registry.AddRestriction("reject_rhsbl_reverse_client", (a, s) => Reject(a, s, "Unverified Client host", client => NameOf(client.ReverseName), client => client.ReverseName));
        registry.AddRestriction("permit_dnswl_client", (a, s) => Permit(a, s, AddressOf, client => client.Address.ToString()));
        registry.AddRestriction("permit_rhswl_client", (a, s) => Permit(a, s, client => NameOf(client.Name), client => client.Name));
    }

    private static IRestriction<ClientContext> Reject(RestrictionArguments arguments, IPluginServices services, string kind, Func<Sdk.Client, string?> key, Func<Sdk.Client, string> what)
    {
        var list = new DnsList(arguments, services);
        var code = ReplyCode.From(services.Settings, Code);
        // A list that can't be asked lists nobody: it must not stop the mail of all.
        return Restriction.Of<ClientContext>(async (context, cancellationToken) =>
            key(context.Client) is { } asked && await list.HasAsync(asked, cancellationToken) is true
                ? await list.RefuseAsync(asked, $"{kind} [{what(context.Client)}]", code, cancellationToken)
                : Verdict.Dunno);
    }

    // Whom the list could not be asked about may be on it: a later refusal is not for good.
    private static IRestriction<ClientContext> Permit(RestrictionArguments arguments, IPluginServices services, Func<Sdk.Client, string?> key, Func<Sdk.Client, string> what)
    {
        var list = new DnsList(arguments, services);
        return Restriction.Of<ClientContext>(async (context, cancellationToken) =>
            key(context.Client) is not { } asked ? Verdict.Dunno : await list.HasAsync(asked, cancellationToken) switch
            {
                true => Verdict.Permit,
                false => Verdict.Dunno,
                null => new Verdict.DeferIfReject(Refusals.Of(Refusals.TemporaryCode, "4.7.1", $"<{what(context.Client)}>: Client host rejected: Service unavailable", RefusedItem.Client, ReplyFrame.None)),
            });
    }

    private static string? AddressOf(Sdk.Client client) => DnsList.Reverse(client.Address);

    /// <summary>Null for what is no name to ask for.</summary>
    private static string? NameOf(string name) => HostName.IsQualified(name) ? name : null;
}
