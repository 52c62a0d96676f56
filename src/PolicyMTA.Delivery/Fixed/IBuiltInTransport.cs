using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Fixed;

/// <summary>A transport of the program itself: like <see cref="ITransport"/>, but it lives across generations and is told the settings in force.</summary>
internal interface IBuiltInTransport
{
    ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken);
}
