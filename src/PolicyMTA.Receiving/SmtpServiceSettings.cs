using PolicyMTA.Addressing;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving;

/// <summary>What a listener's sessions do: Postfix's <c>smtpd_</c> parameters. An immutable value.</summary>
public sealed record SmtpServiceSettings
{
    /// <summary><c>myhostname</c>.</summary>
    public required string HostName { get; init; }
    /// <summary><c>mail_name</c>: how the Received field names the program.</summary>
    public string MailName { get; init; } = "PolicyMTA";
    /// <summary><c>smtpd_banner</c>, expanded.</summary>
    public required string Banner { get; init; }
    /// <summary><c>mynetworks</c>.</summary>
    public required NetworkList MyNetworks { get; init; }
    /// <summary><c>smtpd_authorized_xclient_hosts</c>.</summary>
    public NetworkList XclientHosts { get; init; } = NetworkList.Empty;
    /// <summary><c>smtpd_authorized_xforward_hosts</c>.</summary>
    public NetworkList XforwardHosts { get; init; } = NetworkList.Empty;
    /// <summary><c>message_size_limit</c> in bytes; 0: none.</summary>
    public long MessageSizeLimit { get; init; } = 10_240_000;
    /// <summary><c>soft_bounce</c>.</summary>
    public bool SoftBounce { get; init; }
    /// <summary><c>smtpd_reject_footer</c>; null: none.</summary>
    public ReplyFooter? RejectFooter { get; init; }
    /// <summary><c>notify_classes</c>: what the postmaster is told of.</summary>
    public NotifyClasses NotifyClasses { get; init; }
    /// <summary><c>smtpd_delay_reject</c>.</summary>
    public bool DelaysReject { get; init; } = true;
    /// <summary><c>smtpd_helo_required</c>.</summary>
    public bool HeloRequired { get; init; } = true;
    /// <summary><c>disable_vrfy_command</c>.</summary>
    public bool VrfyDisabled { get; init; } = true;
    /// <summary><c>smtpd_tls_security_level = encrypt</c>: nothing before STARTTLS.</summary>
    public bool TlsRequired { get; init; }
    /// <summary>Protocols, handshake and its traces.</summary>
    public TlsSettings Tls { get; init; } = new();
    /// <summary><c>smtpd_sasl_auth_enable</c>.</summary>
    public bool AuthEnabled { get; init; }
    /// <summary><c>smtpd_tls_auth_only</c>.</summary>
    public bool AuthOnlyUnderTls { get; init; } = true;
    /// <summary><c>smtpd_peername_lookup</c>.</summary>
    public bool PeerNameLookup { get; init; } = true;
    /// <summary><c>smtpd_recipient_limit</c>.</summary>
    public int RecipientLimit { get; init; } = 1000;
    /// <summary><c>smtpd_soft_error_limit</c>.</summary>
    public int SoftErrorLimit { get; init; } = 10;
    /// <summary><c>smtpd_hard_error_limit</c>.</summary>
    public int HardErrorLimit { get; init; } = 20;
    /// <summary><c>smtpd_error_sleep_time</c>.</summary>
    public TimeSpan ErrorSleepTime { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary><c>smtpd_junk_command_limit</c>.</summary>
    public int JunkCommandLimit { get; init; } = 100;
    /// <summary><c>smtpd_timeout</c>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary>Mechanisms and limits of logins.</summary>
    public LoginSettings Login { get; init; } = new();
    /// <summary>How long a failed login waits for its reply.</summary>
    public TimeSpan AuthFailureDelay { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary><c>smtpd_per_request_deadline</c>: <see cref="Timeout"/> is for a whole command, and for a message as long as it comes no slower than <see cref="MinDataRate"/>.</summary>
    public bool PerRequestDeadline { get; init; } = true;
    /// <summary><c>smtpd_min_data_rate</c> in bytes a second.</summary>
    public int MinDataRate { get; init; } = 500;
    /// <summary>What one client may do.</summary>
    public ClientLimits Limits { get; init; } = new();
    /// <summary>The wait before the greeting.</summary>
    public GreetSettings Greet { get; init; } = new();
    /// <summary><c>smtpd_recipient_overshoot_limit</c>: recipients beyond <see cref="RecipientLimit"/> before each further one counts as an error.</summary>
    public int RecipientOvershootLimit { get; init; } = 1000;
    /// <summary><c>header_size_limit</c>: bytes of one header field.</summary>
    public long HeaderSizeLimit { get; init; } = 102_400;
    /// <summary><c>header_count_limit</c>: fields of one header section.</summary>
    public int HeaderCountLimit { get; init; } = 1000;
    /// <summary><c>smtpd_forbid_bare_newline_exclusions</c>: clients whose bare line feeds are taken for line ends.</summary>
    public NetworkList BareNewlineExclusions { get; init; } = NetworkList.Empty;
    /// <summary><c>smtpd_forbid_bare_newline_reject_code</c>.</summary>
    public int BareNewlineRejectCode { get; init; } = 550;
    /// <summary><c>line_length_limit</c> of commands.</summary>
    public int LineLengthLimit { get; init; } = 2048;
    /// <summary><c>hopcount_limit</c>.</summary>
    public int HopCountLimit { get; init; } = 50;
    /// <summary><c>smtpd_forbid_bare_newline</c>.</summary>
    public BareNewline BareNewline { get; init; } = BareNewline.Normalize;
    /// <summary><c>smtpd_forbid_unauth_pipelining</c>.</summary>
    public bool ForbidUnauthPipelining { get; init; } = true;
    /// <summary><c>smtpd_requiretls_enable</c>: REQUIRETLS (RFC 8689) is offered under TLS.</summary>
    public bool RequireTlsEnabled { get; init; }
    /// <summary><c>smtpd_discard_ehlo_keywords</c>, upper case.</summary>
    public IReadOnlySet<string> DiscardedEhloKeywords { get; init; } = new HashSet<string>();
    /// <summary><c>content_filter</c> and <c>receive_override_options</c>.</summary>
    public ReceiveOptions Receive { get; init; } = ReceiveOptions.Default;
    /// <summary><c>milter_macro_daemon_name</c>: what filters are told the service is called; null: as everywhere.</summary>
    public string? DaemonName { get; init; }
    /// <summary><c>smtpd_milters</c> and how they are treated.</summary>
    public MilterSettings Milters { get; init; } = MilterSettings.None;
    /// <summary><c>smtpd_milter_maps</c>: milters by client address, in their place.</summary>
    public MilterMaps MilterMaps { get; init; } = MilterMaps.None;
    /// <summary><c>authserv_id</c>: who speaks in our Authentication-Results fields (RFC 8601 §2.5); empty: none is written.</summary>
    public string AuthservId { get; init; } = "";
    /// <summary>Which forms and parameters the command parser takes.</summary>
    public required SmtpSyntax Syntax { get; init; }
}
