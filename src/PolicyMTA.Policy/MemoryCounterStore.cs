using System.Collections.Concurrent;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>Counters of one process, in memory: what is in force when no other store is configured. Expired ones go as others come.</summary>
public sealed class MemoryCounterStore(TimeProvider time) : ICounterStore
{
    private const int OperationsBetweenSweeps = 10_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _operations;

    /// <inheritdoc/>
    public ValueTask<long> GetAsync(string key, CancellationToken cancellationToken) =>
        new(_entries.TryGetValue(key, out var entry) && !entry.HasExpired(Now) ? entry.Value : 0);

    /// <inheritdoc/>
    public ValueTask<long> AddAsync(string key, long amount, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        SweepSometimes();
        var now = Now;
        var entry = _entries.AddOrUpdate(
            key,
            static (_, a) => new Entry(a.amount, a.expiry),
            static (_, old, a) => old.HasExpired(a.now) ? new Entry(a.amount, a.expiry) : old with { Value = old.Value + a.amount },
            (amount, now, expiry: Expiry(now, timeToLive)));
        return new(entry.Value);
    }

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, long value, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        SweepSometimes();
        var now = Now;
        _entries.AddOrUpdate(
            key,
            static (_, a) => new Entry(a.value, a.expiry),
            static (_, old, a) => new Entry(a.value, a.isGiven || old.HasExpired(a.now) ? a.expiry : old.Expiry),
            (value, now, isGiven: timeToLive is not null, expiry: Expiry(now, timeToLive)));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private DateTimeOffset Now => time.GetUtcNow();

    private static DateTimeOffset Expiry(DateTimeOffset now, TimeSpan? timeToLive) => timeToLive is { } span ? now + span : DateTimeOffset.MaxValue;

    private void SweepSometimes()
    {
        if (Interlocked.Increment(ref _operations) % OperationsBetweenSweeps != 0) return;
        var now = Now;
        foreach (var pair in _entries)
        {
            if (pair.Value.HasExpired(now)) _entries.TryRemove(pair);
        }
    }

    private readonly record struct Entry(long Value, DateTimeOffset Expiry)
    {
        public bool HasExpired(DateTimeOffset now) => now >= Expiry;
    }
}
