using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace PolicyMTA.Metrics;

/// <summary>Listens to a server's meters and writes them as Prometheus reads them (text format 0.0.4). Thread-safe.</summary>
internal sealed class PrometheusText : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, PrometheusSeries> _instruments = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public PrometheusText(object scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter.Scope, scope)) return;
            listener.EnableMeasurementEvents(instrument, _instruments.GetOrAdd(instrument.Name, _ => new PrometheusSeries(instrument)));
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((PrometheusSeries)state!).Add(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((PrometheusSeries)state!).Add(value, tags));
        _listener.Start();
    }

    public void Write(StringBuilder text)
    {
        // One scrape at a time: what is observed replaces what was.
        lock (_gate)
        {
            _listener.RecordObservableInstruments();
            foreach (var (_, series) in _instruments.OrderBy(instrument => instrument.Key, StringComparer.Ordinal)) series.Write(text);
        }
    }

    public void Dispose() => _listener.Dispose();
}
