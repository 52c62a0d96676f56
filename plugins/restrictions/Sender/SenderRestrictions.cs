using PolicyMTA.Restrictions.Sender;
using PolicyMTA.Sdk;

[assembly: Plugin<SenderRestrictions>]

namespace PolicyMTA.Restrictions.Sender;

/// <summary>The restrictions that look at the reverse-path.</summary>
public sealed class SenderRestrictions : IPlugin
{
    public void Register(IPluginRegistry registry)
    {
        AccessTable.Declare(registry);
        DnsListRestrictions.Declare(registry);
        AddressCheck.Declare(registry);
        VerificationCheck.DeclareForSender(registry);
        registry.AddSetting("smtpd_null_access_lookup_key", "<>");
        registry.AddSetting("smtpd_sender_login_maps", "");
        registry.AddRestriction("reject_unknown_sender_domain", RejectUnknownDomain);
        registry.AddRestriction("reject_non_fqdn_sender", RejectNonFqdn);
        registry.AddRestriction("reject_unlisted_sender", RejectUnlisted);
        registry.AddRestriction("reject_unverified_sender", RejectUnverified);
        registry.AddRestriction("check_sender_access", CheckSenderAccess, AccessTable.Parameters);
        DnsListRestrictions.AddReject<SenderContext>(registry, "reject_rhsbl_sender", RefusedItem.Sender, context => WithDomain(context.Transaction.GivenSender));
        ServerAccess.Register<SenderContext>(registry, "sender", RefusedItem.Sender, context => context.Transaction.GivenSender.Domain);
        registry.AddRestriction("reject_sender_login_mismatch", (a, s) => new SenderLoginMismatch(a, s, LoginMismatch.Both));
        registry.AddRestriction("reject_known_sender_login_mismatch", (a, s) => new SenderLoginMismatch(a, s, LoginMismatch.Known));
        registry.AddRestriction("reject_authenticated_sender_login_mismatch", (a, s) => new SenderLoginMismatch(a, s, LoginMismatch.Authenticated));
        registry.AddRestriction("reject_unauthenticated_sender_login_mismatch", (a, s) => new SenderLoginMismatch(a, s, LoginMismatch.Unauthenticated));
    }

    private static string? WithDomain(Address address) => address.Domain.Length > 0 ? address.ToString() : null;

    private static IRestriction<SenderContext> RejectUnknownDomain(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var check = AddressCheck.OfSender(services);
        return Restriction.Of<SenderContext>((context, cancellationToken) => check.DomainAsync(context.Transaction.GivenSender, cancellationToken));
    }

    private static IRestriction<SenderContext> RejectNonFqdn(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var check = AddressCheck.OfSender(services);
        return Restriction.Of<SenderContext>(context => check.Qualification(context.Transaction.GivenSender));
    }

    private static IRestriction<SenderContext> RejectUnlisted(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var check = AddressCheck.OfSender(services);
        return Restriction.Of<SenderContext>((context, cancellationToken) => check.ExistenceAsync(services.Addresses.Complete(context.Sender), cancellationToken));
    }

    private static IRestriction<SenderContext> RejectUnverified(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var check = VerificationCheck.OfSender(services);
        return Restriction.Of<SenderContext>((context, cancellationToken) => check.CheckAsync(services.Addresses.Complete(context.Sender), context.Session, cancellationToken));
    }

    private static IRestriction<SenderContext> CheckSenderAccess(RestrictionArguments arguments, IPluginServices services)
    {
        var table = new AccessTable(arguments, services, RefusedItem.Sender);
        string[] nullKeys = [services.Settings.Text("smtpd_null_access_lookup_key")];
        return Restriction.Of<SenderContext>(async (context, cancellationToken) =>
        {
            var keys = context.Sender.IsNull ? nullKeys : AccessKeys.OfAddress(context.Sender, table.Delimiters, table.ParentsMatch);
            return await table.FindAsync(keys, cancellationToken) ?? Verdict.Dunno;
        });
    }
}
