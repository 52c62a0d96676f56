using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace PolicyMTA.Metrics;

/// <summary>One instrument with its values by labels. Labels beyond a limit share one series, so that names from outside can't fill the memory. Thread-safe.</summary>
internal sealed class PrometheusSeries(Instrument instrument)
{
    /// <summary>How many series an instrument may have.</summary>
    internal const int Limit = 2000;

    private const string Overflow = "overflow=\"true\"";

    // Seconds: from a table in memory to a server that does not answer.
    private static readonly double[] Bounds = [0.00001, 0.0001, 0.001, 0.01, 0.1, 1, 10];

    private readonly ConcurrentDictionary<string, Value> _values = new(StringComparer.Ordinal);

    private readonly bool _isHistogram = IsA(instrument, typeof(Histogram<>));
    private readonly bool _isCounter = IsA(instrument, typeof(Counter<>));
    private readonly bool _isTotal = IsA(instrument, typeof(Counter<>)) || IsA(instrument, typeof(ObservableCounter<>));

    private sealed class Value
    {
        private readonly Lock _gate = new();
        private readonly long[] _buckets = new long[Bounds.Length + 1];
        private double _sum;
        private long _count;

        internal void Set(double value)
        {
            lock (_gate) _sum = value;
        }

        internal void Add(double value)
        {
            lock (_gate) _sum += value;
        }

        internal void Observe(double value)
        {
            var bucket = 0;
            while (bucket < Bounds.Length && value > Bounds[bucket]) bucket++;
            lock (_gate)
            {
                _buckets[bucket]++;
                _sum += value;
                _count++;
            }
        }

        internal (double Sum, long Count, long[] Buckets) Read()
        {
            lock (_gate) return (_sum, _count, [.. _buckets]);
        }
    }

    internal void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelsOf(tags);
        if (_values.Count >= Limit && !_values.ContainsKey(labels)) labels = Overflow;
        var series = _values.GetOrAdd(labels, static _ => new Value());
        if (_isHistogram) series.Observe(value);
        else if (_isCounter || labels == Overflow) series.Add(value);
        else series.Set(value);
    }

    internal void Write(StringBuilder text)
    {
        if (_values.IsEmpty) return;
        text.Append(CultureInfo.InvariantCulture, $"# HELP {instrument.Name} {instrument.Description}\n# TYPE {instrument.Name} {(_isHistogram ? "histogram" : _isTotal ? "counter" : "gauge")}\n");
        foreach (var (labels, value) in _values.OrderBy(series => series.Key, StringComparer.Ordinal)) Write(text, labels, value);
    }

    private void Write(StringBuilder text, string labels, Value series)
    {
        var (sum, count, buckets) = series.Read();
        if (!_isHistogram)
        {
            Line(text, "", labels, sum);
            return;
        }
        var total = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            total += buckets[i];
            var bound = i < Bounds.Length ? Bounds[i].ToString("0.#####", CultureInfo.InvariantCulture) : "+Inf";
            Line(text, "_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"", total);
        }
        Line(text, "_sum", labels, sum);
        Line(text, "_count", labels, count);
    }

    private void Line(StringBuilder text, string suffix, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{instrument.Name}{suffix}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value}\n");

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"");
            foreach (var c in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "") _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append(@"\n"),
                _ => text.Append(c),
            };
            text.Append('"');
        }
        return text.ToString();
    }

    private static bool IsA(Instrument instrument, Type kind) => instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == kind;
}
