using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>A question of the policy delegation protocol: lines <c>name=value</c> and an empty one. Pure.</summary>
internal static class PolicyRequest
{
    // The level of Postfix's behaviour that the server follows, for services that ask.
    private const string Level = "3.6";
    private const string Version = "PolicyMTA";

    /// <summary>The question about this moment of a session.</summary>
    internal static byte[] Write(ClientContext context, string policyContext)
    {
        var text = new StringBuilder(1024);
        foreach (var (name, value) in Attributes(context, policyContext))
        {
            text.Append(name).Append('=');
            // A line feed would begin an attribute of the client's own.
            foreach (var c in value) text.Append(char.IsControl(c) ? '?' : c);
            text.Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    private static IEnumerable<(string Name, string Value)> Attributes(ClientContext context, string policyContext) =>
    [
        ("request", "smtpd_access_policy"), ("protocol_state", State(context)), ("protocol_name", Protocol(context.Helo)),
        .. Ends(context), .. Envelope(context), ("stress", context.Session.IsUnderStress ? "yes" : ""), .. Login(context), .. Encryption(context.Tls),
        ("policy_context", policyContext), ("compatibility_level", Level), ("mail_version", Version),
    ];

    // A delayed list is asked at RCPT, and says so, as in Postfix.
    private static string State(ClientContext context) => context switch
    {
        EndOfDataContext => "END-OF-MESSAGE",
        DataContext => "DATA",
        RecipientContext => "RCPT",
        SenderContext => "MAIL",
        VrfyContext => "VRFY",
        EtrnContext => "ETRN",
        AuthContext => "AUTH",
        HeloContext => context.Helo is { IsExtended: false } ? "HELO" : "EHLO",
        _ => "CONNECT",
    };

    private static string Protocol(Helo? helo) => helo switch { { IsLmtp: true } => "LMTP", { IsExtended: true } => "ESMTP", _ => "SMTP" };

    private static IEnumerable<(string Name, string Value)> Ends(ClientContext context) =>
    [
        ("client_address", context.Client.Address.ToString()), ("client_name", context.Client.Name), ("client_port", Text(context.Client.Port)),
        ("reverse_client_name", context.Client.ReverseName), ("server_address", context.Server.Address.ToString()), ("server_port", Text(context.Server.Port)),
        ("helo_name", context.Helo?.Name ?? ""),
    ];

    private static IEnumerable<(string Name, string Value)> Envelope(ClientContext context)
    {
        var transaction = (context as SenderContext)?.Transaction;
        var data = context as DataContext;
        var recipient = context switch
        {
            RecipientContext one => one.Recipient.Given,
            VrfyContext vrfy => vrfy.Address,
            _ => data?.Recipient?.Given,
        };
        return
        [
            ("sender", transaction?.GivenSender.ToString() ?? ""), ("recipient", recipient?.ToString() ?? ""), ("recipient_count", Text(data?.Recipients.Count ?? 0)),
            ("queue_id", transaction?.QueueId?.ToString() ?? ""), ("instance", $"{context.Session.Id}.{Text(transaction?.Number ?? 0)}"),
            ("size", Text((context as EndOfDataContext)?.Message.Size ?? transaction?.Mail.Size ?? 0)), ("etrn_domain", (context as EtrnContext)?.Domain ?? ""),
        ];
    }

    private static IEnumerable<(string Name, string Value)> Login(ClientContext context) =>
    [
        ("sasl_method", context.Sasl?.Mechanism ?? ""), ("sasl_username", context.Sasl?.User ?? ""), ("sasl_sender", (context as SenderContext)?.Mail.Auth ?? ""),
    ];

    // Postfix vouches for the names of a certificate that it trusts only; who asks for a fingerprint knows which.
    private static IEnumerable<(string Name, string Value)> Encryption(Tls? tls)
    {
        var certificate = tls?.Certificate;
        var trusted = certificate is { IsVerified: true } ? certificate : null;
        return
        [
            ("ccert_subject", Quote(trusted?.Subject ?? "")), ("ccert_issuer", Quote(trusted?.Issuer ?? "")), ("ccert_fingerprint", certificate?.Fingerprint ?? ""),
            ("ccert_pubkey_fingerprint", certificate?.PublicKeyFingerprint ?? ""), ("encryption_protocol", tls?.Version ?? ""), ("encryption_cipher", tls?.Cipher ?? ""),
            ("encryption_keysize", Text(tls?.Bits ?? 0)), ("tls_sni", tls?.ServerName ?? ""),
        ];
    }

    // xtext (RFC 3461 §4) but for the equals sign, as Postfix writes names.
    private static string Quote(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(octet => octet is > (byte)' ' and < 127 and not (byte)'+' ? ((char)octet).ToString() : string.Create(CultureInfo.InvariantCulture, $"+{octet:X2}")));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
