using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filler;

/// <summary>Defers everything once, as a next hop does that says 450.</summary>
internal sealed class Deferrer : IDeliverer
{
    public ValueTask<RouteChoice> RouteAsync(QueuedMessage message, QueuedRecipient recipient, CancellationToken cancellationToken) => new(new RouteChoice(new Route("smtp", recipient.Address.Domain), DeliveryPriority.Normal));

    public ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, CancellationToken cancellationToken) =>
        new([.. recipients.Select(recipient => new RecipientOutcome
        {
            Recipient = recipient.Number, Action = DeliveryAction.Deferred, Status = new EnhancedStatus(4, 2, 0), RemoteReply = "450 4.2.0 later", Relay = $"mx.{route.NextHop}[127.0.0.1]:25",
            Text = $"host mx.{route.NextHop}[127.0.0.1] said: 450 4.2.0 later (in reply to RCPT TO command)",
        })]);

    public ValueTask<NewMessage?> ReportAsync(ReportRequest request, CancellationToken cancellationToken) => new((NewMessage?)null);
}
