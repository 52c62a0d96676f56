using PolicyMTA.Restrictions.Any;
using PolicyMTA.Sdk;

[assembly: Plugin<AnyRestrictions>]

namespace PolicyMTA.Restrictions.Any;

/// <summary>The restrictions that may stand in every list.</summary>
public sealed class AnyRestrictions : IPlugin
{
    public void Register(IPluginRegistry registry)
    {
        AddPlain(registry);
        AddPermits(registry);
        registry.AddSetting("plaintext_reject_code", "450");
        registry.AddRestriction("reject_plaintext_session", RejectPlaintextSession);
        registry.AddRestriction("reject_unauth_pipelining", RejectUnauthPipelining);
        registry.AddRestriction("sleep", Sleep, Pause.Parameters);
    }

    private static void AddPlain(IPluginRegistry registry)
    {
        registry.AddSetting("reject_code", "554");
        registry.AddSetting("defer_code", "450");
        registry.AddRestriction("permit", (arguments, _) => Always(arguments, Verdict.Permit));
        registry.AddRestriction("reject", (arguments, services) =>
            Always(arguments, Refusals.Of(ReplyCode.From(services.Settings, "reject_code"), "5.7.1", "Access denied")));
        registry.AddRestriction("defer", (arguments, services) =>
            Always(arguments, Refusals.Of(ReplyCode.From(services.Settings, "defer_code"), "4.3.2", "Try again later")));
        registry.AddRestriction("defer_if_permit", (arguments, _) =>
            Always(arguments, new Verdict.DeferIfPermit(Refusals.Of(Refusals.TemporaryCode, "4.7.0", "defer_if_permit requested"))));
        registry.AddRestriction("defer_if_reject", (arguments, _) =>
            Always(arguments, new Verdict.DeferIfReject(Refusals.Of(Refusals.TemporaryCode, "4.7.0", "defer_if_reject requested"))));
    }

    private static void AddPermits(IPluginRegistry registry)
    {
        registry.AddSetting("relay_clientcerts", "");
        registry.AddSetting("inet_interfaces", "all");
        registry.AddRestriction("permit_mynetworks", (arguments, _) => PermitIf(arguments, context => context.Client.IsInMyNetworks));
        registry.AddRestriction("permit_sasl_authenticated", (arguments, _) => PermitIf(arguments, context => context.Sasl is not null));
        registry.AddRestriction("permit_tls_all_clientcerts", (arguments, _) => PermitIf(arguments, context => context.Tls?.Certificate is { IsVerified: true }));
        registry.AddRestriction("permit_tls_clientcerts", PermitTlsClientcerts);
        registry.AddRestriction("permit_inet_interfaces", PermitInetInterfaces);
    }

    private static IRestriction<ClientContext> Always(RestrictionArguments arguments, Verdict verdict)
    {
        arguments.Allow(0);
        return Restriction.Of<ClientContext>(_ => verdict);
    }

    private static IRestriction<ClientContext> PermitIf(RestrictionArguments arguments, Func<ClientContext, bool> condition)
    {
        arguments.Allow(0);
        return Restriction.Of<ClientContext>(context => condition(context) ? Verdict.Permit : Verdict.Dunno);
    }

    private static IRestriction<ClientContext> PermitTlsClientcerts(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var known = new TableList(services, "relay_clientcerts");
        return Restriction.Of<ClientContext>(async (context, cancellationToken) =>
        {
            if (known.IsEmpty || context.Tls?.Certificate is not { } certificate) return Verdict.Dunno;
            var isKnown = await known.FindAsync([certificate.Fingerprint], cancellationToken) is not null
                || await known.FindAsync([certificate.PublicKeyFingerprint], cancellationToken) is not null;
            return isKnown ? Verdict.Permit : Verdict.Dunno;
        });
    }

    private static IRestriction<ClientContext> PermitInetInterfaces(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var ours = OwnAddresses.Find(services.Settings.List("inet_interfaces"));
        return Restriction.Of<ClientContext>(context => ours.Contains(context.Client.Address) ? Verdict.Permit : Verdict.Dunno);
    }

    private static IRestriction<ClientContext> RejectPlaintextSession(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var refusal = Refusals.Of(ReplyCode.From(services.Settings, "plaintext_reject_code"), "4.7.1", "Session encryption is required", frame: ReplyFrame.None);
        return Restriction.Of<ClientContext>(context => context.Tls is null ? refusal : Verdict.Dunno);
    }

    private static IRestriction<ClientContext> RejectUnauthPipelining(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        var refusal = Refusals.Of(503, "5.5.0", "Improper use of SMTP command pipelining");
        return Restriction.Of<ClientContext>(context => context.Session.HasPipelinedWithoutLeave ? refusal : Verdict.Dunno);
    }

    private static IRestriction<ClientContext> Sleep(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(1);
        var delay = new Verdict.Delay(Pause.From(arguments));
        return Restriction.Of<ClientContext>(_ => delay);
    }
}
