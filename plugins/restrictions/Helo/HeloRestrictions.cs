using PolicyMTA.Restrictions.Helo;
using PolicyMTA.Sdk;

[assembly: Plugin<HeloRestrictions>]

namespace PolicyMTA.Restrictions.Helo;

/// <summary>The restrictions that look at what the client calls itself.</summary>
public sealed class HeloRestrictions : IPlugin
{
    public void Register(IPluginRegistry registry)
    {
        AccessTable.Declare(registry);
        DnsListRestrictions.Declare(registry);
        registry.AddSetting("invalid_hostname_reject_code", "501");
        registry.AddSetting("non_fqdn_reject_code", "504");
        registry.AddSetting("unknown_hostname_reject_code", "450");
        registry.AddSetting("reject_tempfail_action", "defer_if_permit");
        registry.AddSetting("unknown_helo_hostname_tempfail_action", "$reject_tempfail_action");
        registry.AddRestriction("reject_invalid_helo_hostname", RejectInvalid);
        registry.AddRestriction("reject_non_fqdn_helo_hostname", RejectNonFqdn);
        registry.AddRestriction("reject_unknown_helo_hostname", RejectUnknown);
        registry.AddRestriction("check_helo_access", CheckHeloAccess, AccessTable.Parameters);
        DnsListRestrictions.AddReject<HeloContext>(registry, "reject_rhsbl_helo", RefusedItem.Helo, context => context.Helo?.Name);
        ServerAccess.Register<HeloContext>(registry, "helo", RefusedItem.Helo, context => context.Helo?.Name);
    }

    private static IRestriction<HeloContext> RejectInvalid(RestrictionArguments arguments, IPluginServices services) =>
        Syntactic(arguments, services, name =>
        {
            var host = HostName.WithoutRoot(name);
            return HostName.IsValid(host) || HostName.IsAddress(host);
        }, "invalid_hostname_reject_code", "Invalid name");

    private static IRestriction<HeloContext> RejectNonFqdn(RestrictionArguments arguments, IPluginServices services) =>
        Syntactic(arguments, services, name => HostName.IsQualified(HostName.WithoutRoot(name)), "non_fqdn_reject_code", "need fully-qualified hostname");

    private static IRestriction<HeloContext> Syntactic(RestrictionArguments arguments, IPluginServices services, Predicate<string> isGood, string setting, string text)
    {
        arguments.Allow(0);
        var refusal = Refusals.Of(ReplyCode.From(services.Settings, setting), "5.5.2", text, RefusedItem.Helo);
        var noLiteral = NoLiteral(services);
        return Restriction.Of<HeloContext>(context => context.Helo?.Name switch
        {
            null => Verdict.Dunno,
            ['[', ..] literal => HostName.IsLiteral(literal) ? Verdict.Dunno : noLiteral,
            var name => isGood(name) ? Verdict.Dunno : refusal,
        });
    }

    private static Verdict.Refuse NoLiteral(IPluginServices services) =>
        Refusals.Of(ReplyCode.From(services.Settings, "invalid_hostname_reject_code"), "5.5.2", "invalid ip address", RefusedItem.Helo);

    private static IRestriction<HeloContext> RejectUnknown(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var refusal = Refusals.Of(ReplyCode.From(services.Settings, "unknown_hostname_reject_code"), "4.7.1", "Host not found", RefusedItem.Helo);
        var onFailure = Refusals.TempfailAction(services.Settings, "unknown_helo_hostname_tempfail_action")(refusal with { Code = Refusals.TemporaryCode, Status = refusal.Status.For(Refusals.TemporaryCode) });
        var noLiteral = NoLiteral(services);
        return Restriction.Of<HeloContext>(async (context, cancellationToken) =>
        {
            if (context.Helo?.Name is not { } name) return Verdict.Dunno;
            if (name.StartsWith('[')) return HostName.IsLiteral(name) ? Verdict.Dunno : noLiteral;
            return await MailDomain.FindHostAsync(services.Dns, name, cancellationToken) switch
            {
                MailDomainStatus.Failure => onFailure,
                MailDomainStatus.NotFound => refusal,
                MailDomainStatus.Malformed => refusal with { Text = MailDomain.MalformedReply },
                _ => Verdict.Dunno,
            };
        });
    }

    private static IRestriction<HeloContext> CheckHeloAccess(RestrictionArguments arguments, IPluginServices services)
    {
        var table = new AccessTable(arguments, services, RefusedItem.Helo);
        return Restriction.Of<HeloContext>(async (context, cancellationToken) =>
            context.Helo?.Name is { } name ? await table.FindAsync(AccessKeys.OfHost(name, table.ParentsMatch), cancellationToken) ?? Verdict.Dunno : Verdict.Dunno);
    }
}
