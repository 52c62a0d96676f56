using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>How the transports <c>smtp</c> and <c>relay</c>, or <c>lmtp</c>, talk to other servers: the parameters <c>smtp_*</c> or <c>lmtp_*</c>. An immutable value.</summary>
public sealed record ClientSettings
{
    /// <summary>The port where a next hop names none; <c>lmtp_tcp_port</c>.</summary>
    public int Port { get; init; } = 25;
    /// <summary><c>smtp_helo_name</c>; null: <c>myhostname</c>.</summary>
    public string? HeloName { get; init; }
    /// <summary><c>smtp_bind_address</c>.</summary>
    public IPAddress? BindAddress { get; init; }
    /// <summary><c>smtp_bind_address6</c>.</summary>
    public IPAddress? BindAddress6 { get; init; }
    /// <summary><c>smtp_bind_address_enforce</c>: mail waits while the address can't be had; else another one is used.</summary>
    public bool EnforcesBindAddress { get; init; }
    /// <summary><c>smtp_address_preference</c>.</summary>
    public AddressPreference AddressPreference { get; init; }
    /// <summary><c>smtp_randomize_addresses</c>: equal addresses in random order.</summary>
    public bool RandomizesAddresses { get; init; } = true;
    /// <summary><c>smtp_fallback_relay</c>: next hops for mail that its own next hop does not take now.</summary>
    public IReadOnlyList<string> FallbackRelays { get; init; } = [];
    /// <summary><c>smtp_always_send_ehlo</c>; when false, only to servers whose greeting has the word ESMTP.</summary>
    public bool AlwaysSaysEhlo { get; init; } = true;
    /// <summary><c>smtp_never_send_ehlo</c>.</summary>
    public bool NeverSaysEhlo { get; init; }
    /// <summary><c>smtp_skip_5xx_greeting</c>: a 5xx greeting speaks of the server, not of the recipients.</summary>
    public bool SkipsPermanentGreeting { get; init; } = true;
    /// <summary><c>smtp_discard_ehlo_keywords</c>: extensions to overlook.</summary>
    public IReadOnlyList<string> DiscardedKeywords { get; init; } = [];
    /// <summary><c>smtp_discard_ehlo_keyword_address_maps</c>: the same by server address, in the place of the list.</summary>
    public IReadOnlyList<ILookupTable> DiscardedKeywordMaps { get; init; } = [];
    /// <summary><c>disable_mime_output_conversion</c>: 8-bit content goes as it is to servers that did not say that they take it.</summary>
    public bool SendsEightBitAnyway { get; init; }

    /// <summary>Octets of a line that is sent; what is longer goes on in the next one, behind a space. 0 for no limit.</summary>
    public int LineLengthLimit { get; init; } = 998;
    /// <summary><c>smtp_generic_maps</c>; null: addresses leave as they are.</summary>
    public Client.GenericMapping? Generic { get; init; }
    /// <summary>What becomes of the senders of forwarded mail; null: nothing.</summary>
    public Client.ForwardedMail? Forwarded { get; init; }
    /// <summary>TLS.</summary>
    public ClientTls Tls { get; init; } = new();
    /// <summary>Logins.</summary>
    public ClientLogins Logins { get; init; } = new();
    /// <summary>How long each step of a dialogue may take.</summary>
    public ClientTimeouts Timeouts { get; init; } = ClientTimeouts.Default;
    /// <summary><c>smtp_connection_cache_time_limit</c>: how long an idle connection is kept; zero: not at all.</summary>
    public TimeSpan ConnectionCacheTime { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary><c>smtp_connection_reuse_time_limit</c>: how old a connection may get.</summary>
    public TimeSpan ConnectionReuseTime { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary><c>smtp_connection_reuse_count_limit</c>: how many deliveries a connection may see; 0 for no limit.</summary>
    public int ConnectionReuseCount { get; init; }
    /// <summary><c>smtp_mx_address_limit</c>: how many addresses one attempt looks at; 0 for no limit.</summary>
    public int MxAddressLimit { get; init; } = 5;
    /// <summary><c>smtp_mx_session_limit</c>: with how many servers one attempt gets to talk; 0 for no limit.</summary>
    public int MxSessionLimit { get; init; } = 2;
}
