using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>Chooses recipients of the queue; what is null matches all. Addresses and domains are compared without regard to case. An immutable value.</summary>
public sealed record QueueFilter
{
    /// <summary>Everything.</summary>
    public static QueueFilter All { get; } = new();
    /// <summary>A reverse-path; empty for the null sender.</summary>
    public string? Sender { get; init; }
    /// <summary>A recipient's address.</summary>
    public string? Recipient { get; init; }
    /// <summary>A recipient's domain.</summary>
    public string? Domain { get; init; }
    /// <summary>A recipient's state.</summary>
    public RecipientState? State { get; init; }

    internal bool Matches(QueueEntry entry) => Sender is null || string.Equals(Sender, entry.Sender.ToString(), StringComparison.OrdinalIgnoreCase);

    internal bool Matches(QueuedRecipient recipient) =>
        (Recipient is null || string.Equals(Recipient, recipient.Address.ToString(), StringComparison.OrdinalIgnoreCase))
        && (Domain is null || string.Equals(Domain, recipient.Address.Domain, StringComparison.OrdinalIgnoreCase))
        && (State is null || State == recipient.State);
}
