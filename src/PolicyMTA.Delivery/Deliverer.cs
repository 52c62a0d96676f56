using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>Routes, delivers and reports for the queue. Lives as long as the process: connections are kept across generations.</summary>
public sealed class Deliverer : IDeliverer, IAsyncDisposable
{
    /// <summary>Nothing is opened before the first delivery.</summary>
    public Deliverer(Current<DeliveryGeneration> current, IDnsResolver dns, Func<IContentWriter> createContent, TimeProvider time, ILoggerFactory loggers)
    {
    }

    /// <inheritdoc/>
    public ValueTask<Route> RouteAsync(QueuedMessage message, QueuedRecipient recipient, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<NewMessage?> ReportAsync(ReportRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Says QUIT on kept connections and ends them.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
