using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

internal sealed class ListLogger : ILogger
{
    public List<string> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add($"{logLevel}: {formatter(state, exception)}");
}

internal sealed class FakeTables : ILookupTables
{
    public Dictionary<string, ILookupTable> Tables { get; } = new(StringComparer.Ordinal);

    public ILookupTable Open(string specification) =>
        Tables.TryGetValue(specification, out var table) ? table : throw new ConfigurationException($"there is no table '{specification}'");
}

internal sealed class FakeTable(Func<string, LookupResult> find) : ILookupTable
{
    /// <summary>Answers wait for it; null: they come at once.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (Gate is not null) await Gate.Task.WaitAsync(cancellationToken);
        return find(key);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

internal sealed class FakeDns : IDnsResolver
{
    public Dictionary<string, DnsAnswer<IPAddress>> Ipv4 { get; } = new(StringComparer.Ordinal);

    public async ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return Ipv4.GetValueOrDefault(name) ?? None<IPAddress>();
    }

    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => new(None<IPAddress>());

    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) =>
        new(new DnsAnswer<MxRecord>(DnsStatus.Found, [new MxRecord(10, "mx." + name)]));

    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => new(None<string>());

    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) => new(None<string>());

    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => new(None<string>());

    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => new(None<TlsaRecord>());

    private static DnsAnswer<T> None<T>() => new(DnsStatus.NoSuchName, []);
}

internal sealed class FakeMessage(string text) : IMessage
{
    private readonly List<HeaderField> _headers =
    [
        .. text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n").Select(l => new HeaderField(l[..l.IndexOf(':', StringComparison.Ordinal)], l[(l.IndexOf(':', StringComparison.Ordinal) + 1)..])),
    ];

    public long Size => text.Length;

    public Stream OpenBody() => new MemoryStream(System.Text.Encoding.Latin1.GetBytes(text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));

    public IReadOnlyList<HeaderField> Headers => _headers;

    public HeaderField? FindHeader(string name) => _headers.Find(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public void AddHeader(string name, string value, bool atTop = false)
    {
        if (value.Contains('\n', StringComparison.Ordinal)) throw new ArgumentException("no line ends", nameof(value));
        _headers.Insert(atTop ? 0 : _headers.Count, new HeaderField(name, value));
    }

    public void ChangeHeader(string name, int occurrence, string value)
    {
        var at = _headers.FindIndex(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (at < 0) AddHeader(name, value);
        else _headers[at] = new HeaderField(name, value);
    }

    public void InsertHeader(int index, string name, string value) => throw new NotSupportedException();

    public bool RemoveHeader(string name, int occurrence) => throw new NotSupportedException();

    public int RemoveHeader(string name) => _headers.RemoveAll(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public Stream OpenRead() => new MemoryStream(Encoding.UTF8.GetBytes(text));
}

internal sealed class ListTrace : IDecisionTrace
{
    public List<DecisionStep> Steps { get; } = [];

    public void Record(DecisionStep step) => Steps.Add(step);
}
