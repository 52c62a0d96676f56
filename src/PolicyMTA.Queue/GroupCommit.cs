using System.Threading.Channels;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>
/// Commits whatever waits in one transaction; the next one starts when the last one is on stable storage. No timer: alone, a change waits for nobody, and the
/// busier it gets the more share a sync.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    private const int MostWaiting = 4096, MostChanges = 2048;
    private const long MostBytes = 16 << 20;

    private readonly IQueueStore _store;
    // Synchronous continuations: the first to come starts the commit itself, without a hand-over.
    private readonly Channel<Work> _waiting = Channel.CreateBounded<Work>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly Task _loop;

    internal GroupCommit(IQueueStore store)
    {
        _store = store;
        _loop = LoopAsync();
    }

    /// <summary>Completes when all of the changes are on stable storage; they are kept wholly or not at all.</summary>
    /// <exception cref="InsufficientStorageException">There is no room.</exception>
    /// <exception cref="TemporaryFailureException">The store failed, or is closed.</exception>
    internal async ValueTask CommitAsync(IReadOnlyList<QueueChange> changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var work = new Work(changes);
        try
        {
            if (!_waiting.Writer.TryWrite(work)) await _waiting.Writer.WriteAsync(work, cancellationToken);
        }
        catch (ChannelClosedException closed) { throw new TemporaryFailureException("the queue is closed", closed); }
        // From here on the change may be kept, so nobody may go away believing it was not.
        await work.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _loop;
    }

    private async Task LoopAsync()
    {
        var batch = new List<Work>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            for (var (count, bytes) = (0, 0L); count < MostChanges && bytes < MostBytes && _waiting.Reader.TryRead(out var work); count += work.Changes.Count, bytes += work.Bytes) batch.Add(work);
            await CommitAsync(batch);
            batch.Clear();
        }
    }

    private async ValueTask CommitAsync(List<Work> batch)
    {
        try
        {
            await _store.CommitAsync(batch is [var only] ? only.Changes : [.. batch.SelectMany(work => work.Changes)], CancellationToken.None);
        }
        catch (Exception) when (batch.Count > 1)
        {
            // What one of them asks too much may be possible for the others.
            foreach (var work in batch) await CommitAsync([work]);
            return;
        }
        catch (Exception failure)
        {
            batch[0].Done.SetException(failure is InsufficientStorageException or TemporaryFailureException ? failure : new TemporaryFailureException("the queue store failed", failure));
            return;
        }
        foreach (var work in batch) work.Done.SetResult();
    }

    private sealed class Work(IReadOnlyList<QueueChange> changes)
    {
        internal IReadOnlyList<QueueChange> Changes { get; } = changes;
        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        internal long Bytes
        {
            get
            {
                var bytes = 0L;
                foreach (var change in Changes) bytes += change is QueueChange.Added { Message.Content.Memory: { } memory } ? memory.Length : 0;
                return bytes;
            }
        }
    }
}
