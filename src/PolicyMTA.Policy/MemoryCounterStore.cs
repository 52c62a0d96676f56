using System.Collections.Concurrent;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy;

/// <summary>
/// Counters of one process, in memory. Expired ones go as others come; beyond the limit those go whose time ends first, so that nobody fills the memory by being somebody else each time. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="limit">How many are kept.</param>
public sealed class MemoryCounterStore(TimeProvider time, int limit = MemoryCounterStore.DefaultLimit) : ICounterStore
{
    /// <summary>How many are kept where nothing else is said: some 200 MB at most.</summary>
    public const int DefaultLimit = 1_000_000;

    private const int OperationsBetweenSweeps = 10_000;
    private const int Sample = 1000;

    private readonly ConcurrentDictionary<string, CounterEntry> _entries = new(StringComparer.Ordinal);
    private int _operations;
    private int _count;
    private int _sweeping;

    /// <summary>Called with each key that changed; null for nobody.</summary>
    public Action<string>? Changed { get; init; }

    /// <summary>How many there are, expired ones that have not gone yet among them.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public ValueTask<long> GetAsync(string key, CancellationToken cancellationToken) => new(Find(key)?.Value ?? 0);

    /// <summary>The counter as it is; null when there is none, or it has expired.</summary>
    public CounterEntry? Find(string key) => _entries.TryGetValue(key, out var entry) && !entry.HasExpired(Now) ? entry : null;

    /// <summary>Puts a counter in, as it was kept.</summary>
    public void Restore(string key, CounterEntry entry)
    {
        if (_entries.TryAdd(key, entry)) Interlocked.Increment(ref _count);
    }

    /// <inheritdoc/>
    public ValueTask<long> AddAsync(string key, long amount, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        var now = Now;
        var entry = _entries.AddOrUpdate(
            key,
            static (_, a) => new CounterEntry(a.amount, a.expiry) { IsNew = true },
            static (_, old, a) => old.HasExpired(a.now) ? new CounterEntry(a.amount, a.expiry) : old with { Value = old.Value + a.amount, IsNew = false },
            (amount, now, expiry: Expiry(now, timeToLive)));
        Note(key, entry);
        return new(entry.Value);
    }

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, long value, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        var now = Now;
        var entry = _entries.AddOrUpdate(
            key,
            static (_, a) => new CounterEntry(a.value, a.expiry) { IsNew = true },
            static (_, old, a) => new CounterEntry(a.value, a.isGiven || old.HasExpired(a.now) ? a.expiry : old.Expiry),
            (value, now, isGiven: timeToLive is not null, expiry: Expiry(now, timeToLive)));
        Note(key, entry);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private DateTimeOffset Now => time.GetUtcNow();

    private static DateTimeOffset Expiry(DateTimeOffset now, TimeSpan? timeToLive) => timeToLive is { } span ? now + span : DateTimeOffset.MaxValue;

    private void Note(string key, CounterEntry entry)
    {
        if (entry.IsNew) Interlocked.Increment(ref _count);
        Changed?.Invoke(key);
        // Often enough that no more than half of them are dead, and seldom enough to cost nothing.
        if (Interlocked.Increment(ref _operations) < Math.Max(OperationsBetweenSweeps, Count / 2) && Count <= limit) return;
        if (Interlocked.Exchange(ref _sweeping, 1) != 0) return;
        _ = Task.Run(Sweep);
    }

    private void Sweep()
    {
        try
        {
            Interlocked.Exchange(ref _operations, 0);
            Remove(Now);
            if (Count <= limit) return;
            // A tenth at once, so that the next new one need not look again.
            if (FindTenth() is { } until) Remove(until);
            else foreach (var (key, _) in _entries.Take(Count - limit + limit / 10)) Remove(key);
        }
        finally
        {
            Interlocked.Exchange(ref _sweeping, 0);
        }
    }

    // Null where they have no end: then nobody can say which counts less.
    private DateTimeOffset? FindTenth()
    {
        var sample = _entries.Take(Sample).Select(pair => pair.Value.Expiry).Order().ToList();
        return sample.Count == 0 || sample[sample.Count / 10] == DateTimeOffset.MaxValue ? null : sample[sample.Count / 10];
    }

    private void Remove(DateTimeOffset until)
    {
        foreach (var pair in _entries)
        {
            if (pair.Value.Expiry <= until && _entries.TryRemove(pair)) Interlocked.Decrement(ref _count);
        }
    }

    private void Remove(string key)
    {
        if (_entries.TryRemove(key, out _)) Interlocked.Decrement(ref _count);
    }
}

/// <summary>A counter. An immutable value.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Expiry">When it is forgotten.</param>
public readonly record struct CounterEntry(long Value, DateTimeOffset Expiry)
{
    /// <summary>True for one that nobody has counted with before.</summary>
    internal bool IsNew { get; init; }

    /// <summary>True when it is over.</summary>
    public bool HasExpired(DateTimeOffset now) => now >= Expiry;
}
