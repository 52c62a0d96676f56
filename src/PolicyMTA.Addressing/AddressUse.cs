namespace PolicyMTA.Addressing;

/// <summary>Where an address stands, for <c>canonical_classes</c> and its like.</summary>
[Flags]
public enum AddressUse
{
    /// <summary>Nowhere.</summary>
    None = 0,
    /// <summary><c>envelope_sender</c>.</summary>
    EnvelopeSender = 1,
    /// <summary><c>envelope_recipient</c>.</summary>
    EnvelopeRecipient = 2,
    /// <summary><c>header_sender</c>: From, Sender, Reply-To and the like.</summary>
    HeaderSender = 4,
    /// <summary><c>header_recipient</c>: To, Cc and the like.</summary>
    HeaderRecipient = 8,
}

internal static class AddressUses
{
    internal static bool IsRecipient(this AddressUse use) => use is AddressUse.EnvelopeRecipient or AddressUse.HeaderRecipient;
}
