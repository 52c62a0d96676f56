using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Fixed;

/// <summary>A transport of the program itself: like <see cref="ITransport"/>, but it lives across generations and is told the settings in force.</summary>
internal interface IBuiltInTransport
{
    ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken);

    /// <summary>What would become of mail for these recipients, as far as that shows without delivering any. A transport that can't tell says yes, as pipe(8) does.</summary>
    ValueTask<IReadOnlyList<RecipientOutcome>> ProbeAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) => new(Taken(request, "delivers to command"));

    /// <summary>All recipients would be taken.</summary>
    static IReadOnlyList<RecipientOutcome> Taken(DeliveryRequest request, string text) =>
        [.. request.Recipients.Select(r => new RecipientOutcome { Recipient = r.Number, Action = DeliveryAction.Delivered, Status = new EnhancedStatus(2, 0, 0), Text = text, IsFinal = true })];
}
