using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>
/// Who may relay. The core believes a permit of the relay list only from rules whose ground it can check against the session itself, from access tables that the
/// administrator wrote, and from <c>permit.relay(why)</c>: a dropped plugin can't open the server.
/// </summary>
internal static class RelayCapability
{
    public static Verdict.Refuse Denied { get; } = new(554, new EnhancedStatus(5, 7, 1), "Relay access denied") { Frame = ReplyFrame.Item };

    /// <summary>Why the recipient may be relayed; null when the list granted nothing.</summary>
    public static string? FindGrant(ListOutcome relay, ClientContext context) => relay switch
    {
        { RelayWhy: { } why } => why,
        { PermittedBy: RestrictionRule rule } when IsGrounded(rule.Name, context) => rule.Name,
        _ => null,
    };

    private static bool IsGrounded(string rule, ClientContext context) => rule switch
    {
        "permit_mynetworks" => context.Client.IsInMyNetworks,
        "permit_sasl_authenticated" or "check_sasl_access" => context.Sasl is not null,
        "permit_inet_interfaces" => IPAddress.IsLoopback(context.Client.Address) || context.Client.Address.Equals(context.Server.Address),
        "permit_tls_clientcerts" or "check_ccert_access" => context.Tls?.Certificate is not null,
        "permit_tls_all_clientcerts" => context.Tls?.Certificate is { IsVerified: true },
        // The shipped ones only: a plugin may call its restriction whatever it likes.
        "permit_mx_backup" or "check_client_access" or "check_helo_access" or "check_sender_access" or "check_recipient_access" => true,
        _ => false,
    };
}
