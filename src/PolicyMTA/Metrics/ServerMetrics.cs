using System.Diagnostics.Metrics;

namespace PolicyMTA.Metrics;

/// <summary>
/// The meters of one server and their text for Prometheus. Each subsystem makes its instruments on a meter of <see cref="CreateMeter"/>; nothing else needs to be said
/// for them to be shown. Thread-safe.
/// </summary>
internal sealed class ServerMetrics : IDisposable
{
    private readonly List<Meter> _meters = [];
    private readonly PrometheusText _text;

    public ServerMetrics()
    {
        _text = new PrometheusText(this);
        Tables = new TableMetrics(CreateMeter("PolicyMTA.Tables"));
        Plugins = CreateMeter("PolicyMTA.Plugins");
    }

    /// <summary>Of lookup tables.</summary>
    public TableMetrics Tables { get; }

    /// <summary>What plugins count; one for all generations, so that a counter goes on where it was.</summary>
    public Meter Plugins { get; }

    /// <summary>A meter that belongs to this server: two servers in one process don't see each other's.</summary>
    public Meter CreateMeter(string name)
    {
        var meter = new Meter(new MeterOptions(name) { Scope = this });
        lock (_meters) _meters.Add(meter);
        return meter;
    }

    /// <summary>Writes every instrument in Prometheus' text format.</summary>
    public void Write(System.Text.StringBuilder text) => _text.Write(text);

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        lock (_meters)
        {
            foreach (var meter in _meters) meter.Dispose();
        }
    }
}
