using System.Net;
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
    /// <summary><c>sender_dependent_relayhost_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> SenderDependentRelayHostMaps { get; init; } = [];
    /// <summary><c>sender_dependent_default_transport_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> SenderDependentDefaultTransportMaps { get; init; } = [];
    /// <summary><c>transport_maps</c>, in the order to ask (transport(5)).</summary>
    public IReadOnlyList<ILookupTable> TransportMaps { get; init; } = [];
    /// <summary>Whether <c>parent_domain_matches_subdomains</c> names <c>transport_maps</c>: a domain there stands for those below it.</summary>
    public bool TransportMapsMatchSubdomains { get; init; }
    /// <summary><c>empty_address_default_transport_maps_lookup_key</c>: the key of the null sender in <see cref="SenderDependentDefaultTransportMaps"/>.</summary>
    public string NullSenderTransportKey { get; init; } = "<>";
    /// <summary><c>empty_address_relayhost_maps_lookup_key</c>: the key of the null sender in <see cref="SenderDependentRelayHostMaps"/>.</summary>
    public string NullSenderRelayHostKey { get; init; } = "<>";
    /// <summary><c>sender_priority_maps</c>: a sender, or its domain, to <c>high</c>, <c>normal</c> or <c>low</c>.</summary>
    public IReadOnlyList<ILookupTable> SenderPriorityMaps { get; init; } = [];
    /// <summary><c>recipient_delimiter</c>; empty: none.</summary>
    public string RecipientDelimiter { get; init; } = "";

    /// <summary><c>virtual_mailbox_base</c>: the folder all mailboxes are under.</summary>
    public string VirtualMailboxBase { get; init; } = "";
    /// <summary><c>virtual_mailbox_maps</c>: address to mailbox path under the base.</summary>
    public IReadOnlyList<ILookupTable> VirtualMailboxMaps { get; init; } = [];
    /// <summary>Limits, owners and locks of virtual mailboxes.</summary>
    public VirtualSettings Virtual { get; init; } = new();
    /// <summary><c>queue_directory</c>: where a relative <c>unix:</c> path starts, as in <c>lmtp:unix:private/dovecot-lmtp</c>.</summary>
    public string QueueDirectory { get; init; } = "/var/spool/postfix";

    /// <summary>The client of <c>smtp</c> and <c>relay</c>.</summary>
    public ClientSettings Smtp { get; init; } = new();
    /// <summary>The client of <c>lmtp</c>.</summary>
    public ClientSettings Lmtp { get; init; } = new() { Port = 24 };
    /// <summary>The addresses that our own port 25 answers at (<c>inet_interfaces</c>, <c>proxy_interfaces</c>): mail sent there would come back.</summary>
    public IReadOnlySet<IPAddress> OwnAddresses { get; init; } = new HashSet<IPAddress>();
    /// <summary>Whether <c>inet_protocols</c> has IPv4.</summary>
    public bool UsesIpv4 { get; init; } = true;
    /// <summary>Whether <c>inet_protocols</c> has IPv6.</summary>
    public bool UsesIpv6 { get; init; } = true;

    /// <summary>The transports that are clients with settings of their own, by name.</summary>
    public IReadOnlyDictionary<string, OwnClient> Clients { get; init; } = new Dictionary<string, OwnClient>();

    /// <summary>The transports that are commands, by name.</summary>
    public IReadOnlyDictionary<string, PipeSettings> Pipes { get; init; } = new Dictionary<string, PipeSettings>();
    /// <summary>The pools of addresses to connect from, by name.</summary>
    public IReadOnlyDictionary<string, SourcePool> Pools { get; init; } = new Dictionary<string, SourcePool>();
    /// <summary>The parameters of the transport <c>local</c>.</summary>
    public LocalSettings Local { get; init; } = new();
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
