using System.Net;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Delivery.Reports;
using PolicyMTA.Delivery.Verification;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>The parameters of delivery, by their Postfix names. An immutable value.</summary>
public sealed record DeliverySettings
{
    /// <summary><c>myhostname</c>: what we call ourselves.</summary>
    public required string MyHostname { get; init; }
    /// <summary><c>myorigin</c>: the domain of a sender that has none, and of MAILER-DAEMON; null: <see cref="MyHostname"/>.</summary>
    public string? MyOrigin { get; init; }
    /// <summary><c>mail_name</c>: how the product calls itself in reports.</summary>
    public string MailName { get; init; } = "PolicyMTA";
    /// <summary><c>relayhost</c>: the next hop of everything that is not ours; empty: MX.</summary>
    public string RelayHost { get; init; } = "";
    /// <summary><c>virtual_transport</c>: <c>transport:nexthop</c>.</summary>
    public string VirtualTransport { get; init; } = "maildir";
    /// <summary><c>local_transport</c>.</summary>
    public string LocalTransport { get; init; } = "maildir";
    /// <summary><c>relay_transport</c>.</summary>
    public string RelayTransport { get; init; } = "relay";
    /// <summary><c>default_transport</c>.</summary>
    public string DefaultTransport { get; init; } = "smtp";
    /// <summary><c>transport_maps</c>, in the order to ask (transport(5)).</summary>
    public IReadOnlyList<ILookupTable> TransportMaps { get; init; } = [];
    /// <summary><c>sender_priority_maps</c>: a sender, or its domain, to <c>high</c>, <c>normal</c> or <c>low</c>.</summary>
    public IReadOnlyList<ILookupTable> SenderPriorityMaps { get; init; } = [];
    /// <summary><c>recipient_delimiter</c>; empty: none.</summary>
    public string RecipientDelimiter { get; init; } = "";

    /// <summary><c>virtual_mailbox_base</c>: the folder all mailboxes are under.</summary>
    public string VirtualMailboxBase { get; init; } = "";
    /// <summary><c>virtual_mailbox_maps</c>: address to mailbox path under the base.</summary>
    public IReadOnlyList<ILookupTable> VirtualMailboxMaps { get; init; } = [];
    /// <summary><c>queue_directory</c>: where a relative <c>unix:</c> path starts, as in <c>lmtp:unix:private/dovecot-lmtp</c>.</summary>
    public string QueueDirectory { get; init; } = "/var/spool/postfix";

    /// <summary><c>smtp_tls_security_level</c>.</summary>
    public TlsLevel SmtpTlsSecurityLevel { get; init; } = TlsLevel.May;
    /// <summary>Whose certificates are believed where they are verified; null: whom the system believes.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }
    /// <summary><c>smtp_helo_name</c>; null: <see cref="MyHostname"/>.</summary>
    public string? SmtpHeloName { get; init; }
    /// <summary><c>smtp_bind_address</c>.</summary>
    public IPAddress? SmtpBindAddress { get; init; }
    /// <summary><c>smtp_bind_address6</c>.</summary>
    public IPAddress? SmtpBindAddress6 { get; init; }
    /// <summary>The port of <c>smtp</c> where a next hop names none.</summary>
    public int SmtpPort { get; init; } = 25;
    /// <summary><c>lmtp_tcp_port</c>.</summary>
    public int LmtpPort { get; init; } = 24;
    /// <summary>How long each step of a dialogue may take.</summary>
    public ClientTimeouts Timeouts { get; init; } = ClientTimeouts.Default;
    /// <summary><c>smtp_connection_cache_time_limit</c>: how long an idle connection is kept; zero: not at all.</summary>
    public TimeSpan ConnectionCacheTime { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary><c>smtp_connection_reuse_time_limit</c>: how old a connection may get.</summary>
    public TimeSpan ConnectionReuseTime { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary><c>smtp_mx_address_limit</c>: how many addresses one attempt looks at.</summary>
    public int MxAddressLimit { get; init; } = 5;
    /// <summary><c>smtp_mx_session_limit</c>: with how many servers one attempt gets to talk.</summary>
    public int MxSessionLimit { get; init; } = 2;

    /// <summary>The transports that are commands, by name.</summary>
    public IReadOnlyDictionary<string, PipeSettings> Pipes { get; init; } = new Dictionary<string, PipeSettings>();
    /// <summary>The parameters of address verification.</summary>
    public VerificationSettings Verification { get; init; } = VerificationSettings.Default;

    /// <summary><c>bounce_size_limit</c>: larger messages are returned by their header section alone.</summary>
    public long BounceSizeLimit { get; init; } = 50_000;
    /// <summary><c>bounce_template_file</c>, read.</summary>
    public BounceTemplates BounceTemplates { get; init; } = BounceTemplates.BuiltIn;
    /// <summary><c>double_bounce_sender</c>: who sends what the postmaster reads; what fails of it is not reported to anybody.</summary>
    public string DoubleBounceSender { get; init; } = "double-bounce";
    /// <summary><c>bounce_notice_recipient</c>: who gets copies of bounces.</summary>
    public string BounceNoticeRecipient { get; init; } = "postmaster";
    /// <summary><c>2bounce_notice_recipient</c>: who gets the reports that could not be delivered.</summary>
    public string DoubleBounceNoticeRecipient { get; init; } = "postmaster";
    /// <summary><c>delay_notice_recipient</c>: who gets copies of delay warnings.</summary>
    public string DelayNoticeRecipient { get; init; } = "postmaster";
    /// <summary><c>error_notice_recipient</c>: who hears of sessions that went wrong.</summary>
    public string ErrorNoticeRecipient { get; init; } = "postmaster";
    /// <summary><c>delay_warning_time</c>, for the wording of the warning.</summary>
    public TimeSpan DelayWarningTime { get; init; }
    /// <summary><c>maximal_queue_lifetime</c>, for the wording of the warning.</summary>
    public TimeSpan MaximalQueueLifetime { get; init; } = TimeSpan.FromDays(5);
    /// <summary><c>bounce_queue_lifetime</c>, for the wording of the warning.</summary>
    public TimeSpan BounceQueueLifetime { get; init; } = TimeSpan.FromDays(5);
}
