using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Configuration;
using PolicyMTA.Receiving;
using PolicyMTA.Smtp;

namespace PolicyMTA.Composition;

/// <summary>A listener's parameters in receiving's words.</summary>
internal static class SmtpServiceSlice
{
    private static readonly Dictionary<string, ParameterValue> Stress = new(StringComparer.Ordinal) { ["stress"] = new ParameterValue("yes", null, default, default) };

    /// <summary>What its sessions do.</summary>
    public static SmtpServiceSettings Of(Parameters parameters, ListenerProtocol protocol, IReadOnlyDictionary<string, X509Certificate2Collection> authorities) => new()
    {
        HostName = parameters.Text("myhostname"),
        MailName = parameters.Text("mail_name"),
        Banner = protocol == ListenerProtocol.Lmtp ? parameters.Text("smtpd_banner").Replace(" ESMTP", " LMTP", StringComparison.Ordinal) : parameters.Text("smtpd_banner"),
        MyNetworks = parameters.Networks("mynetworks"),
        XclientHosts = parameters.Networks("smtpd_authorized_xclient_hosts"),
        XforwardHosts = parameters.Networks("smtpd_authorized_xforward_hosts"),
        MessageSizeLimit = parameters.Int64("message_size_limit"),
        AuthservId = parameters.Text("authserv_id"),
        DaemonName = parameters.Text("milter_macro_daemon_name"),
        RejectFooter = ReplyFooter.Parse(parameters.Text("smtpd_reject_footer")),
        SoftBounce = parameters.Boolean("soft_bounce"),
        NotifyClasses = NotifyClassNames.Of(parameters.List("notify_classes")),
        HeloRequired = parameters.Boolean("smtpd_helo_required"),
        VrfyDisabled = parameters.Boolean("disable_vrfy_command"),
        TlsRequired = parameters.Text("smtpd_tls_security_level") == "encrypt",
        Tls = Tls(parameters, authorities),
        AuthEnabled = parameters.Boolean("smtpd_sasl_auth_enable"),
        AuthOnlyUnderTls = parameters.Boolean("smtpd_tls_auth_only"),
        Login = LoginSlice.Of(parameters),
        PeerNameLookup = parameters.Boolean("smtpd_peername_lookup"),
        RecipientLimit = parameters.Int32("smtpd_recipient_limit"),
        SoftErrorLimit = parameters.Int32("smtpd_soft_error_limit"),
        HardErrorLimit = parameters.Int32("smtpd_hard_error_limit"),
        ErrorSleepTime = parameters.Duration("smtpd_error_sleep_time"),
        JunkCommandLimit = parameters.Int32("smtpd_junk_command_limit"),
        Timeout = parameters.Duration("smtpd_timeout"),
        PerRequestDeadline = parameters.Boolean("smtpd_per_request_deadline"),
        MinDataRate = parameters.Int32("smtpd_min_data_rate"),
        Limits = Limits(parameters),
        Greet = Greet(parameters),
        RecipientOvershootLimit = parameters.Int32("smtpd_recipient_overshoot_limit"),
        HeaderSizeLimit = parameters.Int64("header_size_limit"),
        HeaderCountLimit = parameters.Int32("header_count_limit"),
        BareNewlineExclusions = parameters.Networks("smtpd_forbid_bare_newline_exclusions"),
        BareNewlineRejectCode = parameters.Int32("smtpd_forbid_bare_newline_reject_code"),
        LineLengthLimit = parameters.Int32("line_length_limit"),
        HopCountLimit = parameters.Int32("hopcount_limit"),
        BareNewline = BareNewlineOf(parameters.Text("smtpd_forbid_bare_newline")),
        ForbidUnauthPipelining = parameters.Boolean("smtpd_forbid_unauth_pipelining"),
        DiscardedEhloKeywords = parameters.List("smtpd_discard_ehlo_keywords").Select(k => k.ToUpperInvariant()).ToHashSet(StringComparer.Ordinal),
        RequireTlsEnabled = parameters.Boolean("smtpd_requiretls_enable"),
        Syntax = new SmtpSyntax
        {
            StrictEnvelopes = parameters.Boolean("strict_rfc821_envelopes"),
            AllowSmtpUtf8 = parameters.Boolean("smtputf8_enable"),
            StrictSmtpUtf8 = parameters.Boolean("strict_smtputf8"),
        },
    };

    /// <summary>What those of them do that begin under stress.</summary>
    public static SmtpServiceSettings OfStress(Parameters parameters, ListenerProtocol protocol, IReadOnlyDictionary<string, X509Certificate2Collection> authorities) => Of(UnderStress(parameters), protocol, authorities);

    /// <summary>The second reading of the parameters.</summary>
    public static Parameters UnderStress(Parameters parameters) => parameters.Override(Stress);

    private static TlsSettings Tls(Parameters parameters, IReadOnlyDictionary<string, X509Certificate2Collection> authorities) => new()
    {
        Protocols = Protocols(parameters, "smtpd_tls_protocols"),
        MandatoryProtocols = Protocols(parameters, "smtpd_tls_mandatory_protocols"),
        HandshakeTimeout = parameters.Duration("smtpd_starttls_timeout"),
        LogsHandshakes = parameters.Text("smtpd_tls_loglevel") != "0",
        InReceivedField = parameters.Boolean("smtpd_tls_received_header"),
        AsksForCertificates = parameters.Boolean("smtpd_tls_ask_ccert") || parameters.Boolean("smtpd_tls_req_ccert"),
        RequiresCertificates = parameters.Boolean("smtpd_tls_req_ccert"),
        Authorities = parameters.FilePath("smtpd_tls_CAfile") is { } file ? authorities[file] : [],
    };

    private static SslProtocols Protocols(Parameters parameters, string name) =>
        TlsProtocolList.TryParse(parameters.Text(name), out var protocols, out var error) ? protocols : throw new Sdk.ConfigurationException($"{name}: {error}");

    private static ClientLimits Limits(Parameters parameters) => new()
    {
        Connections = parameters.Int32("smtpd_client_connection_count_limit"),
        ConnectionRate = parameters.Int32("smtpd_client_connection_rate_limit"),
        MessageRate = parameters.Int32("smtpd_client_message_rate_limit"),
        RecipientRate = parameters.Int32("smtpd_client_recipient_rate_limit"),
        TlsRate = parameters.Int32("smtpd_client_new_tls_session_rate_limit"),
        AuthRate = parameters.Int32("smtpd_client_auth_rate_limit"),
        RateTimeUnit = parameters.Duration("anvil_rate_time_unit"),
        Exceptions = parameters.Networks("smtpd_client_event_limit_exceptions"),
        Ipv4PrefixLength = parameters.Int32("smtpd_client_ipv4_prefix_length"),
        Ipv6PrefixLength = parameters.Int32("smtpd_client_ipv6_prefix_length"),
    };

    private static GreetSettings Greet(Parameters parameters) => new()
    {
        Wait = parameters.Duration("postscreen_greet_wait"),
        Banner = parameters.Text("postscreen_greet_banner"),
        Action = parameters.Text("postscreen_greet_action") switch { "enforce" => GreetAction.Enforce, "drop" => GreetAction.Drop, _ => GreetAction.Ignore },
        TimeToLive = parameters.Duration("postscreen_greet_ttl"),
    };

    private static BareNewline BareNewlineOf(string text) => text switch
    {
        "reject" => BareNewline.Reject,
        "note" => BareNewline.Note,
        "no" => BareNewline.Accept,
        _ => BareNewline.Normalize,
    };
}
