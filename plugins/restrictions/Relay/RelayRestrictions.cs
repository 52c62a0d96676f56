using PolicyMTA.Restrictions.Relay;
using PolicyMTA.Sdk;

[assembly: Plugin<RelayRestrictions>]

namespace PolicyMTA.Restrictions.Relay;

/// <summary>The restrictions that tell our destinations from others.</summary>
public sealed class RelayRestrictions : IPlugin
{
    private const string Code = "relay_domains_reject_code";
    /// <summary>From a 5yz reply to its 4yz sibling.</summary>
    private const int ToTemporary = 100;

    public void Register(IPluginRegistry registry)
    {
        registry.AddSetting(Code, "554");
        registry.AddSetting("allow_untrusted_routing", "no");
        registry.AddSetting("inet_interfaces", "all");
        registry.AddSetting("proxy_interfaces", "");
        registry.AddSetting(MailNetworks.Parameter, "");
        registry.AddRestriction("permit_mx_backup", (arguments, services) => new PermitMxBackup(arguments, services));
        registry.AddRestriction("permit_auth_destination", PermitAuthDestination);
        registry.AddRestriction("reject_unauth_destination", (arguments, services) => Unauthorized(arguments, ReplyCode.From(services.Settings, Code)));
        registry.AddRestriction("defer_unauth_destination", (arguments, services) => Unauthorized(arguments, ToDeferral(ReplyCode.From(services.Settings, Code))));
    }

    private static IRestriction<RecipientContext> PermitAuthDestination(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        return Restriction.Of<RecipientContext>(context => IsOurs(context) ? Verdict.Permit : Verdict.Dunno);
    }

    private static IRestriction<RecipientContext> Unauthorized(RestrictionArguments arguments, int code)
    {
        arguments.Allow(0);
        var refusal = Refusals.Of(code, "5.7.1", "Relay access denied", RefusedItem.Recipient, ReplyFrame.Item);
        return Restriction.Of<RecipientContext>(context => IsOurs(context) ? Verdict.Dunno : refusal);
    }

    private static bool IsOurs(RecipientContext context) => context.Recipient.Class != AddressClass.Default;

    private static int ToDeferral(int code) => code >= 500 ? code - ToTemporary : code;
}
