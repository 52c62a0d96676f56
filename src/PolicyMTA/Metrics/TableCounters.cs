using System.Diagnostics.Metrics;
using PolicyMTA.Sdk;

namespace PolicyMTA.Metrics;

/// <summary>What one lookup table was asked and said. Thread-safe.</summary>
internal sealed class TableCounters(string table, Histogram<double> durations)
{
    private readonly KeyValuePair<string, object?> _label = new("table", table);
    private long _found;
    private long _none;
    private long _failed;
    private long _hits;
    private long _misses;
    private long _stale;

    public long Found => Interlocked.Read(ref _found);
    public long None => Interlocked.Read(ref _none);
    public long Failed => Interlocked.Read(ref _failed);
    public long Hits => Interlocked.Read(ref _hits);
    public long Misses => Interlocked.Read(ref _misses);
    public long Stale => Interlocked.Read(ref _stale);

    /// <summary>How many answers are remembered.</summary>
    public Func<long> Entries { get; set; } = () => 0;

    public void Count(LookupResult result) => Interlocked.Increment(ref result.IsFailure ? ref _failed : ref result.IsFound ? ref _found : ref _none);

    public void CountHit() => Interlocked.Increment(ref _hits);

    public void CountMiss() => Interlocked.Increment(ref _misses);

    public void CountStale() => Interlocked.Increment(ref _stale);

    public void Took(TimeSpan time) => durations.Record(time.TotalSeconds, _label);
}
