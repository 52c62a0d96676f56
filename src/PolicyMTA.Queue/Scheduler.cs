namespace PolicyMTA.Queue;

/// <summary>Decides when each recipient is tried. One per queue.</summary>
public sealed class Scheduler
{
    /// <summary>Delivers until <paramref name="cancellationToken"/> ends or <see cref="StopAsync"/> was called.</summary>
    public Task RunAsync(IDeliverer deliverer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Begins no further attempt and waits for those under way; when <paramref name="cancellationToken"/> ends, those are cancelled. What was claimed is due again.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
