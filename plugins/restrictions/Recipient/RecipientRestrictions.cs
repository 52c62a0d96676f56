using PolicyMTA.Restrictions.Recipient;
using PolicyMTA.Sdk;

[assembly: Plugin<RecipientRestrictions>]

namespace PolicyMTA.Restrictions.Recipient;

/// <summary>The restrictions that look at the forward-path.</summary>
public sealed class RecipientRestrictions : IPlugin
{
    public void Register(IPluginRegistry registry)
    {
        AccessTable.Declare(registry);
        DnsListRestrictions.Declare(registry);
        AddressCheck.Declare(registry);
        VerificationCheck.DeclareForRecipient(registry);
        registry.AddRestriction("reject_unlisted_recipient", RejectUnlisted);
        registry.AddRestriction("reject_non_fqdn_recipient", RejectNonFqdn);
        registry.AddRestriction("reject_unknown_recipient_domain", RejectUnknownDomain);
        registry.AddRestriction("reject_unverified_recipient", RejectUnverified);
        registry.AddRestriction("check_recipient_access", CheckRecipientAccess, AccessTable.Parameters);
        DnsListRestrictions.AddReject<RecipientContext>(registry, "reject_rhsbl_recipient", RefusedItem.Recipient, context => WithDomain(context.Recipient.Given));
        ServerAccess.Register<RecipientContext>(registry, "recipient", RefusedItem.Recipient, context => context.Recipient.Given.Domain);
    }

    private static string? WithDomain(Address address) => address.Domain.Length > 0 ? address.ToString() : null;

    private static IRestriction<RecipientContext> RejectUnlisted(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var check = AddressCheck.OfRecipient(services);
        return Restriction.Of<RecipientContext>((context, cancellationToken) => check.ExistenceAsync(context.Recipient.Address, cancellationToken));
    }

    private static IRestriction<RecipientContext> RejectNonFqdn(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var check = AddressCheck.OfRecipient(services);
        return Restriction.Of<RecipientContext>(context => check.Qualification(context.Recipient.Given));
    }

    private static IRestriction<RecipientContext> RejectUnknownDomain(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var check = AddressCheck.OfRecipient(services);
        return Restriction.Of<RecipientContext>((context, cancellationToken) => check.DomainAsync(context.Recipient.Given, cancellationToken));
    }

    private static IRestriction<RecipientContext> RejectUnverified(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var check = VerificationCheck.OfRecipient(services);
        return Restriction.Of<RecipientContext>((context, cancellationToken) => check.CheckAsync(context.Recipient.Address, context.Session, cancellationToken));
    }

    private static IRestriction<RecipientContext> CheckRecipientAccess(RestrictionArguments arguments, IPluginServices services)
    {
        var table = new AccessTable(arguments, services, RefusedItem.Recipient);
        return Restriction.Of<RecipientContext>(async (context, cancellationToken) =>
            await table.FindAsync(AccessKeys.OfAddress(context.Recipient.Address, table.Delimiters, table.ParentsMatch), cancellationToken) ?? Verdict.Dunno);
    }
}
