using PolicyMTA.Addressing;
using PolicyMTA.Policy;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>The slice of a generation that receiving needs. An immutable value, leased by each session.</summary>
public sealed record ReceivingGeneration
{
    /// <summary>The generation's hash, for logs and traces.</summary>
    public required string Hash { get; init; }
    /// <summary>The listeners by name, with their settings after overrides.</summary>
    public required IReadOnlyDictionary<string, ListenerSettings> Listeners { get; init; }
    /// <summary>The prepared policies.</summary>
    public required StagePolicies Policies { get; init; }
    /// <summary>Address classes and aliases.</summary>
    public required AddressBook Addresses { get; init; }
    /// <summary>What happens to envelope and header section on the way into the queue.</summary>
    public CleanupSettings Cleanup { get; init; } = CleanupSettings.None;
    /// <summary>What mail of this machine's users goes by.</summary>
    public LocalSubmissionSettings Submission { get; init; } = new() { HostName = "localhost" };
    /// <summary>Who checks logins; null when <c>smtpd_sasl_auth_enable</c> is off everywhere.</summary>
    public IAuthenticator? Authenticator { get; init; }
    /// <summary><c>fast_flush_domains</c>: for whom ETRN is served.</summary>
    public DomainList FastFlushDomains { get; init; } = DomainList.Empty;
    /// <summary>Whether an address is the sender of our own address probes at that time (<c>address_verify_sender</c>): it is accepted without a question, and its mail discarded.</summary>
    public Func<Address, DateTimeOffset, bool> IsProbeSender { get; init; } = static (_, _) => false;
    /// <summary><c>smtpd_discard_ehlo_keyword_address_maps</c>: keywords by client address, in the place of <c>smtpd_discard_ehlo_keywords</c>.</summary>
    public IReadOnlyList<ILookupTable> DiscardedEhloKeywordMaps { get; init; } = [];
    /// <summary><c>smtpd_reject_filter_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> RejectFilterMaps { get; init; } = [];
    /// <summary><c>smtpd_reject_footer_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> RejectFooterMaps { get; init; } = [];
    /// <summary>The most sessions at a time over all listeners (<c>smtpd_connection_limit</c>); 0: none.</summary>
    public int ConnectionLimit { get; init; }
    /// <summary>How long after its replacement a session may stay on a generation (<c>generation_max_age</c>).</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(10);
}
