using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>What an <see cref="AddressBook"/> is made from, by Postfix's names. An immutable value; the tables belong to the generation.</summary>
public sealed record AddressBookSettings
{
    /// <summary>Postfix's default of the expansion and recursion limits.</summary>
    public const int DefaultLimit = 1000;

    /// <summary><c>myorigin</c>: the domain of an address without one.</summary>
    public required string MyOrigin { get; init; }
    /// <summary><c>mydomain</c>: what <see cref="AppendDotMyDomain"/> puts behind a name without a dot.</summary>
    public string MyDomain { get; init; } = "";
    /// <summary><c>append_at_myorigin</c>: an address without a domain gets <see cref="MyOrigin"/>.</summary>
    public bool AppendAtMyOrigin { get; init; } = true;
    /// <summary><c>append_dot_mydomain</c>: a domain without a dot gets <see cref="MyDomain"/>.</summary>
    public bool AppendDotMyDomain { get; init; }
    /// <summary><c>remote_header_rewrite_domain</c>: what completes headers of other people's mail; empty: nothing there is touched.</summary>
    public string RemoteHeaderRewriteDomain { get; init; } = "";
    /// <summary><c>resolve_dequoted_address</c>: a route hidden in a quoted local part counts.</summary>
    public bool ResolvesDequoted { get; init; } = true;
    /// <summary>Which addresses become others.</summary>
    public RewritingSettings Rewriting { get; init; } = new();
    /// <summary><c>propagate_unmatched_extensions</c>.</summary>
    public ExtensionUse PropagatedExtensions { get; init; } = ExtensionUse.Canonical | ExtensionUse.Virtual;
    /// <summary><c>relocated_maps</c>: addresses that are no more, and what their writers shall hear.</summary>
    public IReadOnlyList<ILookupTable> RelocatedMaps { get; init; } = [];
    /// <summary><c>relocated_prefix_enable</c>: <c>5.1.6 User has moved to</c> stands before what the tables say.</summary>
    public bool PrefixesRelocated { get; init; } = true;
    /// <summary><c>mydestination</c>.</summary>
    public DomainList MyDestination { get; init; } = DomainList.Empty;
    /// <summary>Our own addresses: <c>user@[192.0.2.1]</c> is local when one of them is named.</summary>
    public IReadOnlyCollection<IPAddress> OwnAddresses { get; init; } = [];
    /// <summary><c>virtual_alias_domains</c>; null for Postfix's default, the domains that are keys of <see cref="VirtualAliasMaps"/>.</summary>
    public DomainList? VirtualAliasDomains { get; init; }
    /// <summary><c>virtual_alias_maps</c>, asked in order.</summary>
    public IReadOnlyList<ILookupTable> VirtualAliasMaps { get; init; } = [];
    /// <summary><c>virtual_mailbox_domains</c>.</summary>
    public DomainList VirtualMailboxDomains { get; init; } = DomainList.Empty;
    /// <summary><c>virtual_mailbox_maps</c>; without any, every address of the class is known.</summary>
    public IReadOnlyList<ILookupTable> VirtualMailboxMaps { get; init; } = [];
    /// <summary><c>relay_domains</c>.</summary>
    public DomainList RelayDomains { get; init; } = DomainList.Empty;
    /// <summary><c>relay_recipient_maps</c>; without any, every address of the class is known.</summary>
    public IReadOnlyList<ILookupTable> RelayRecipientMaps { get; init; } = [];
    /// <summary><c>local_recipient_maps</c>; without any, every address of the class is known.</summary>
    public IReadOnlyList<ILookupTable> LocalRecipientMaps { get; init; } = [];
    /// <summary><c>recipient_delimiter</c>: each character ends the name of a user; empty for none.</summary>
    public string RecipientDelimiter { get; init; } = "";
    /// <summary><c>percent_hack</c>: <c>user%domain</c> means <c>user@domain</c>.</summary>
    public bool PercentHack { get; init; } = true;
    /// <summary><c>swap_bangpath</c>: <c>site!user</c> means <c>user@site</c>.</summary>
    public bool SwapBangpath { get; init; } = true;
    /// <summary><c>allow_untrusted_routing</c>: an address of ours may name a route to another domain.</summary>
    public bool AllowUntrustedRouting { get; init; }
    /// <summary><c>virtual_alias_expansion_limit</c>.</summary>
    public int VirtualAliasExpansionLimit { get; init; } = DefaultLimit;
    /// <summary><c>virtual_alias_address_length_limit</c>: where an alias that makes its own address longer ends.</summary>
    public int VirtualAliasAddressLengthLimit { get; init; } = DefaultLimit;
    /// <summary>The senders of forwarded mail; null: they stay what they are.</summary>
    public ForwardedSenders? ForwardedSenders { get; init; }
    /// <summary><c>virtual_alias_recursion_limit</c>.</summary>
    public int VirtualAliasRecursionLimit { get; init; } = DefaultLimit;
}
