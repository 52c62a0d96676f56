using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>Which addresses become others on their way through, by Postfix's names. An immutable value; the tables belong to the generation.</summary>
public sealed record RewritingSettings
{
    /// <summary>Everywhere: the default of <c>canonical_classes</c>.</summary>
    public const AddressUse Everywhere = AddressUse.EnvelopeSender | AddressUse.EnvelopeRecipient | AddressUse.HeaderSender | AddressUse.HeaderRecipient;

    /// <summary><c>canonical_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> CanonicalMaps { get; init; } = [];
    /// <summary><c>canonical_classes</c>.</summary>
    public AddressUse CanonicalClasses { get; init; } = Everywhere;
    /// <summary><c>sender_canonical_maps</c>, asked before <see cref="CanonicalMaps"/>.</summary>
    public IReadOnlyList<ILookupTable> SenderCanonicalMaps { get; init; } = [];
    /// <summary><c>sender_canonical_classes</c>.</summary>
    public AddressUse SenderCanonicalClasses { get; init; } = AddressUse.EnvelopeSender | AddressUse.HeaderSender;
    /// <summary><c>recipient_canonical_maps</c>, asked before <see cref="CanonicalMaps"/>.</summary>
    public IReadOnlyList<ILookupTable> RecipientCanonicalMaps { get; init; } = [];
    /// <summary><c>recipient_canonical_classes</c>.</summary>
    public AddressUse RecipientCanonicalClasses { get; init; } = AddressUse.EnvelopeRecipient | AddressUse.HeaderRecipient;
    /// <summary><c>masquerade_domains</c>: the first that is the domain, or above it, decides; <c>!</c> before one leaves what is below it alone.</summary>
    public IReadOnlyList<string> MasqueradeDomains { get; init; } = [];
    /// <summary><c>masquerade_classes</c>.</summary>
    public AddressUse MasqueradeClasses { get; init; } = AddressUse.EnvelopeSender | AddressUse.HeaderSender | AddressUse.HeaderRecipient;
    /// <summary><c>masquerade_exceptions</c>: local parts that keep their domain.</summary>
    public DomainList MasqueradeExceptions { get; init; } = DomainList.Empty;

    /// <summary>True when no table and no list is there: only domains are completed.</summary>
    internal bool IsEmpty => CanonicalMaps.Count == 0 && SenderCanonicalMaps.Count == 0 && RecipientCanonicalMaps.Count == 0 && MasqueradeDomains.Count == 0;
}
