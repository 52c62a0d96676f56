using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PolicyMTA.Metrics;

/// <summary>What lookup tables were asked and said, by table. Thread-safe.</summary>
internal sealed class TableMetrics
{
    private readonly ConcurrentDictionary<string, TableCounters> _tables = new(StringComparer.Ordinal);
    private readonly Histogram<double> _durations;

    public TableMetrics(Meter meter)
    {
        meter.CreateObservableCounter("policymta_table_lookups_total", () => Read("result", ("found", c => c.Found), ("none", c => c.None), ("failed", c => c.Failed)), null, "Lookups by table and result.");
        meter.CreateObservableCounter("policymta_table_cache_total", () => Read("answer", ("hit", c => c.Hits), ("miss", c => c.Misses), ("stale", c => c.Stale)), null, "Lookups of tables that are cached: remembered, asked, or remembered beyond its time because the table failed.");
        meter.CreateObservableGauge("policymta_table_cache_entries", () => _tables.Select(table => new Measurement<long>(table.Value.Entries(), new KeyValuePair<string, object?>("table", table.Key))), null, "Answers that are remembered.");
        _durations = meter.CreateHistogram<double>("policymta_table_lookup_seconds", "s", "How long tables took that did not answer from memory.");
    }

    /// <summary>The counters of a table. They outlive generations: a reload does not set them back.</summary>
    public TableCounters Of(string table) => _tables.GetOrAdd(Shortened(table), name => new TableCounters(name, _durations));

    // A table written in place is as long as its text, which may hold secrets.
    private static string Shortened(string table) => table.IndexOf('{', StringComparison.Ordinal) is >= 0 and var brace ? table[..brace] + "{}" : table;

    private List<Measurement<long>> Read(string label, params (string Name, Func<TableCounters, long> Value)[] kinds) =>
        [.. from table in _tables
            from kind in kinds
            select new Measurement<long>(kind.Value(table.Value), new KeyValuePair<string, object?>("table", table.Key), new KeyValuePair<string, object?>(label, kind.Name))];
}
