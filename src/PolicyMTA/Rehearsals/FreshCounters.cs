using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>Counters in memory that can be had anew. Thread-safe.</summary>
internal sealed class FreshCounters(TimeProvider time) : ICounterStore
{
    private volatile MemoryCounterStore _store = new(time);

    /// <summary>Forgets all.</summary>
    public void Reset() => _store = new MemoryCounterStore(time);

    /// <inheritdoc/>
    public ValueTask<long> GetAsync(string key, CancellationToken cancellationToken) => _store.GetAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> AddAsync(string key, long amount, TimeSpan? timeToLive, CancellationToken cancellationToken) => _store.AddAsync(key, amount, timeToLive, cancellationToken);

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, long value, TimeSpan? timeToLive, CancellationToken cancellationToken) => _store.SetAsync(key, value, timeToLive, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
