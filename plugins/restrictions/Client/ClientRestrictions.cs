using PolicyMTA.Restrictions.Client;
using PolicyMTA.Sdk;

[assembly: Plugin<ClientRestrictions>]

namespace PolicyMTA.Restrictions.Client;

/// <summary>The restrictions that look at the client's address and names.</summary>
public sealed class ClientRestrictions : IPlugin
{
    private const string Unknown = "unknown";

    public void Register(IPluginRegistry registry)
    {
        AccessTable.Declare(registry);
        DnsListRestrictions.Declare(registry);
        registry.AddSetting("unknown_client_reject_code", "450");
        registry.AddRestriction("reject_unknown_client_hostname", (arguments, services) => RejectNameless(arguments, services, client => client.Name, "4.7.25", "cannot find your hostname"));
        registry.AddRestriction("reject_unknown_reverse_client_hostname", (arguments, services) => RejectNameless(arguments, services, client => client.ReverseName, "4.7.1", "cannot find your reverse hostname"));
        registry.AddRestriction("check_client_access", CheckClientAccess, AccessTable.Parameters);
        registry.AddRestriction("check_reverse_client_hostname_access", CheckReverseClientAccess, AccessTable.Parameters);
        registry.AddRestriction("check_sasl_access", CheckSaslAccess, AccessTable.Parameters);
        registry.AddRestriction("check_ccert_access", (arguments, services) => new CertificateAccess(arguments, services), CertificateAccess.Parameters);
        ServerAccess.Register<ClientContext>(registry, "client", RefusedItem.Client, context => Known(context.Client.Name));
        ServerAccess.Register<ClientContext>(registry, "reverse_client_hostname", RefusedItem.UnverifiedClient, context => Known(context.Client.ReverseName));
        AddDnsLists(registry);
    }

    private static void AddDnsLists(IPluginRegistry registry)
    {
        DnsListRestrictions.AddReject<ClientContext>(registry, "reject_rbl_client", RefusedItem.Client, AddressOf, KeyOf);
        DnsListRestrictions.AddReject<ClientContext>(registry, "reject_rhsbl_client", RefusedItem.Client, context => Known(context.Client.Name));
        DnsListRestrictions.AddReject<ClientContext>(registry, "reject_rhsbl_reverse_client", RefusedItem.UnverifiedClient, context => Known(context.Client.ReverseName));
        DnsListRestrictions.AddPermit<ClientContext>(registry, "permit_dnswl_client", RefusedItem.Client, AddressOf, KeyOf);
        DnsListRestrictions.AddPermit<ClientContext>(registry, "permit_rhswl_client", RefusedItem.Client, context => Known(context.Client.Name), context => DnsList.KeyOf(Known(context.Client.Name)));

        static string AddressOf(ClientContext context) => context.Client.Address.ToString();
        static string KeyOf(ClientContext context) => DnsList.KeyOf(context.Client.Address);
    }

    private static string? Known(string name) => name.Equals(Unknown, StringComparison.OrdinalIgnoreCase) ? null : name;

    private static IRestriction<ClientContext> RejectNameless(RestrictionArguments arguments, IPluginServices services, Func<Sdk.Client, string> name, string status, string complaint)
    {
        arguments.Allow(0);
        var code = ReplyCode.From(services.Settings, "unknown_client_reject_code");
        return Restriction.Of<ClientContext>(context =>
        {
            if (Known(name(context.Client)) is not null) return Verdict.Dunno;
            // What DNS could not say now, it may say later.
            var now = context.Client.NameLookupFailed ? Refusals.TemporaryCode : code;
            return Refusals.Of(now, status, $"Client host rejected: {complaint}, [{context.Client.Address}]", RefusedItem.Client, ReplyFrame.None);
        });
    }

    private static IRestriction<ClientContext> CheckClientAccess(RestrictionArguments arguments, IPluginServices services)
    {
        var table = new AccessTable(arguments, services, RefusedItem.Client);
        return Restriction.Of<ClientContext>(async (context, cancellationToken) =>
            await table.FindAsync(AccessKeys.OfHost(context.Client.Name, table.ParentsMatch), cancellationToken)
            ?? await table.FindAsync(AccessKeys.OfAddress(context.Client.Address), cancellationToken)
            ?? Verdict.Dunno);
    }

    // Nothing proves that the name is the client's: it may not permit.
    private static IRestriction<ClientContext> CheckReverseClientAccess(RestrictionArguments arguments, IPluginServices services)
    {
        var table = new AccessTable(arguments, services, RefusedItem.UnverifiedClient);
        return Restriction.Of<ClientContext>(async (context, cancellationToken) =>
            await table.FindUntrustedAsync(AccessKeys.OfHost(context.Client.ReverseName, table.ParentsMatch), cancellationToken)
            ?? await table.FindUntrustedAsync(AccessKeys.OfAddress(context.Client.Address), cancellationToken)
            ?? Verdict.Dunno);
    }

    private static IRestriction<ClientContext> CheckSaslAccess(RestrictionArguments arguments, IPluginServices services)
    {
        var table = new AccessTable(arguments, services, RefusedItem.SaslLogin);
        return Restriction.Of<ClientContext>(async (context, cancellationToken) =>
            context.Sasl is { } sasl ? await table.FindAsync([sasl.User], cancellationToken) ?? Verdict.Dunno : Verdict.Dunno);
    }
}
