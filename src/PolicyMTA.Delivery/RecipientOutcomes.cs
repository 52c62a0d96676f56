using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>Outcomes of deliveries on this machine.</summary>
internal static class RecipientOutcomes
{
    /// <summary>What became of a recipient, as the class of the status says.</summary>
    public static RecipientOutcome Of(QueuedRecipient recipient, string relay, EnhancedStatus status, string text) => new()
    {
        Recipient = recipient.Number,
        Action = status.Class switch { 2 => DeliveryAction.Delivered, 4 => DeliveryAction.Deferred, _ => DeliveryAction.Failed },
        Status = status,
        Text = text,
        Relay = relay,
    };
}
