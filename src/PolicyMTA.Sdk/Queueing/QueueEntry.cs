namespace PolicyMTA.Sdk;

/// <summary>A message of the queue as lists show it, without its content. An immutable value.</summary>
public sealed record QueueEntry
{
    /// <summary>Its queue id.</summary>
    public required QueueId Id { get; init; }
    /// <summary>When it was accepted, by the wall clock.</summary>
    public required DateTimeOffset Arrived { get; init; }
    /// <summary>When it entered, by the queue's clock.</summary>
    public required DateTimeOffset Entered { get; init; }
    /// <summary>Bytes to deliver.</summary>
    public required long Size { get; init; }
    /// <summary>The reverse-path.</summary>
    public required Address Sender { get; init; }
    /// <summary>The parameters of MAIL.</summary>
    public required MailParameters Mail { get; init; }
    /// <summary>Where it came from.</summary>
    public required MessageOrigin Origin { get; init; }
    /// <summary>Its recipients, finished ones among them.</summary>
    public required IReadOnlyList<QueuedRecipient> Recipients { get; init; }
}
