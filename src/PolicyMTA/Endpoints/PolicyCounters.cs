using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PolicyMTA.Endpoints;

/// <summary>What policies count with <c>metric</c>, and what became of their events. As long as the process; thread-safe.</summary>
internal sealed class PolicyCounters
{
    // A policy may make names of what strangers send.
    private const int MostNames = 1000;

    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);
    private readonly Counter<double> _values;
    private readonly Counter<long> _events;

    internal PolicyCounters(Meter meter)
    {
        _values = meter.CreateCounter<double>("policymta_policy_metric_total", null, "What policies count with metric(), by name; `other` for those beyond the first thousand names.");
        _events = meter.CreateCounter<long>("policymta_policy_events_total", null, "Events of policies, by name and outcome.");
    }

    internal void Add(string name, double value)
    {
        if (!_names.ContainsKey(name)) name = _names.Count < MostNames && _names.TryAdd(name, true) ? name : "other";
        _values.Add(value, new KeyValuePair<string, object?>("name", name));
    }

    internal void Told(string name) => _events.Add(1, new("name", name), new("outcome", "told"));

    internal void Dropped(string name) => _events.Add(1, new("name", name), new("outcome", "lost"));
}
