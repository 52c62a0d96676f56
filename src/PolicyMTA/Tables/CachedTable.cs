using System.Collections.Concurrent;
using BitFaster.Caching.Lru;
using PolicyMTA.Metrics;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tables;

/// <summary>
/// Remembers a table's answers for a time. A key that many ask for is asked once; while the table fails, what it said last serves on for a bounded time. Failures are
/// never remembered, nor taken for "none". Thread-safe.
/// </summary>
internal sealed class CachedTable : ILookupTable
{
    // While the table fails, a key that has a stale answer is not asked for again at once: each question may wait for a dead host.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ILookupTable _table;
    private readonly TableCaching _caching;
    private readonly TableCounters _counters;
    private readonly TimeProvider _time;
    private readonly ConcurrentLru<string, Entry> _entries;
    private readonly ConcurrentDictionary<string, Lazy<Task<LookupResult>>> _flights = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end = new();

    private sealed class Entry(LookupResult result, long written)
    {
        internal readonly LookupResult Result = result;
        internal readonly long Written = written;
        internal long Asked = written;
    }

    internal CachedTable(ILookupTable table, TableCaching caching, TableCounters counters, TimeProvider time)
    {
        (_table, _caching, _counters, _time) = (table, caching, counters, time);
        // The cache divides its places among three queues.
        _entries = new ConcurrentLru<string, Entry>(Environment.ProcessorCount, Math.Max(3, caching.Size), StringComparer.Ordinal);
        counters.Entries = () => _entries.Count;
    }

    /// <inheritdoc/>
    public bool AcceptsPartialKeys => _table.AcceptsPartialKeys;

    /// <inheritdoc/>
    public bool FoldsKeys => _table.FoldsKeys;

    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (_entries.TryGet(key, out var entry) && _time.GetElapsedTime(entry.Written) < TimeOf(entry.Result))
        {
            _counters.CountHit();
            return new ValueTask<LookupResult>(entry.Result);
        }
        if (entry is not null && IsStillGood(entry) && entry.Asked != entry.Written && _time.GetElapsedTime(Volatile.Read(ref entry.Asked)) < Pause)
        {
            _counters.CountStale();
            return new ValueTask<LookupResult>(entry.Result);
        }
        return AskAsync(key, entry, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyValuePair<string, string>>? List(CancellationToken cancellationToken) => _table.List(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Task flights = Task.WhenAll(_flights.Values.Select(flight => flight.Value));
        await flights.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _counters.Entries = () => 0;
        _end.Dispose();
        await _table.DisposeAsync();
    }

    private async ValueTask<LookupResult> AskAsync(string key, Entry? entry, CancellationToken cancellationToken)
    {
        _counters.CountMiss();
        // Whoever asks first may go away: the question is the table's own, and the others wait for its answer.
        var flight = _flights.GetOrAdd(key, static (name, self) => new Lazy<Task<LookupResult>>(() => self.FlyAsync(name)), this);
        var result = await flight.Value.WaitAsync(cancellationToken);
        if (!result.IsFailure || entry is null || !IsStillGood(entry)) return result;
        Volatile.Write(ref entry.Asked, _time.GetTimestamp());
        _counters.CountStale();
        return entry.Result;
    }

    private async Task<LookupResult> FlyAsync(string key)
    {
        try
        {
            var result = await _table.FindAsync(key, _end.Token);
            if (!result.IsFailure) _entries.AddOrUpdate(key, new Entry(result, _time.GetTimestamp()));
            return result;
        }
        finally
        {
            _flights.TryRemove(key, out _);
        }
    }

    private TimeSpan TimeOf(LookupResult result) => result.IsFound ? _caching.Ttl : _caching.NegativeTtl;

    private bool IsStillGood(Entry entry) => _time.GetElapsedTime(entry.Written) < TimeOf(entry.Result) + _caching.Stale;
}
