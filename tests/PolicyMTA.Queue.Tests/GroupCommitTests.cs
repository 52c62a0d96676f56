using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class GroupCommitTests
{
    private static readonly QueueChange Change = new QueueChange.SetAside(new QueueId("x"), "");

    [Fact]
    public async Task What_waits_during_a_sync_shares_the_next_one()
    {
        await using var store = new SlowStore();
        await using var commits = new GroupCommit(store);

        var first = commits.CommitAsync([Change], default).AsTask();
        var others = Enumerable.Range(0, 50).Select(_ => commits.CommitAsync([Change], default).AsTask()).ToList();
        Assert.DoesNotContain(others, task => task.IsCompleted);
        store.Sync();
        await first;
        Assert.DoesNotContain(others, task => task.IsCompleted);
        await store.BatchAsync();
        store.Sync();
        await Task.WhenAll(others);

        Assert.Equal([1, 50], store.Batches);
    }

    [Fact]
    public async Task One_that_can_not_be_kept_fails_alone()
    {
        await using var store = new SlowStore { Poison = new QueueChange.SetAside(new QueueId("bad"), "") };
        await using var commits = new GroupCommit(store);

        var first = commits.CommitAsync([Change], default).AsTask();
        var good = commits.CommitAsync([Change], default).AsTask();
        var bad = commits.CommitAsync([store.Poison], default).AsTask();
        for (var syncs = 0; syncs < 4; syncs++) store.Sync();

        await Task.WhenAll(first, good);
        await Assert.ThrowsAsync<InsufficientStorageException>(() => bad);
    }

    [Fact]
    public async Task Cancelled_one_is_not_begun()
    {
        await using var store = new SlowStore();
        await using var commits = new GroupCommit(store);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await commits.CommitAsync([Change], new CancellationToken(true)));

        Assert.Empty(store.Batches);
    }

    /// <summary>A store whose syncs end when the test says so.</summary>
    private sealed class SlowStore : IQueueStore
    {
        private readonly SemaphoreSlim _syncs = new(0), _batches = new(0);

        internal List<int> Batches { get; } = [];
        internal QueueChange? Poison { get; init; }

        internal void Sync() => _syncs.Release();

        internal async Task BatchAsync()
        {
            while (Batches.Count < 2) await _batches.WaitAsync();
        }

        public async ValueTask CommitAsync(IReadOnlyList<QueueChange> changes, CancellationToken cancellationToken)
        {
            Batches.Add(changes.Count);
            _batches.Release();
            await _syncs.WaitAsync(cancellationToken);
            if (Poison is not null && changes.Contains(Poison)) throw new InsufficientStorageException("full");
        }

        public ValueTask DisposeAsync()
        {
            _syncs.Dispose();
            _batches.Dispose();
            return ValueTask.CompletedTask;
        }

        public StoredClock Start => new(null, null, null);
        public long FreeSpace => 0;
        public IContentWriter CreateContent() => throw new NotSupportedException();
        public ValueTask PrepareAsync(NewMessage message, CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask<IReadOnlyList<ClaimedMessage>> ClaimAsync(string destination, DateTimeOffset until, int limit, Claim claim, CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask<IReadOnlyList<DueDestination>> ListDestinationsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask<DateTimeOffset?> FindNextDueAsync(string destination, CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask<IReadOnlyList<RecipientKey>> ListEndedHoldsAsync(DateTimeOffset until, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask<IMessageContent?> ReadContentAsync(QueueId id, CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask<IReadOnlyList<QueueEntry>> ListAsync(QueueId? after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask<QueueEntry?> FindAsync(QueueId id, CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask<IReadOnlyDictionary<RecipientState, long>> CountAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
