using PolicyMTA.Restrictions.PolicyService;
using PolicyMTA.Sdk;

[assembly: Plugin<PolicyServicePlugin>]

namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>Asks policy services in processes of their own: policyd-spf, postgrey, postfwd and others (Postfix SMTPD_POLICY_README).</summary>
public sealed class PolicyServicePlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ServiceOptions.Declare(registry);
        registry.AddRestriction("check_policy_service", (arguments, services) => new CheckPolicyService(ServiceOptions.Read(arguments, services.Settings), services), ServiceOptions.Call);
    }
}
