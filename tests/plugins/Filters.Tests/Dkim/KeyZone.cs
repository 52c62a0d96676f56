using System.Net;
using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.Dkim;

/// <summary>DNS that has TXT records alone: a text, a list of them, null for a name that is not there, or an object for one that can't be asked now.</summary>
internal sealed class KeyZone(IReadOnlyDictionary<string, string[]?> records) : IDnsResolver
{
    private readonly Dictionary<string, string[]?> _records = new(records, StringComparer.OrdinalIgnoreCase);

    internal static KeyZone Of(JsonElement zone) => new(zone.EnumerateObject().ToDictionary(name => name.Name, name => name.Value.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.Object => Failing(name.Value),
        JsonValueKind.Array when name.Value.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } error => Failing(error),
        JsonValueKind.Array => name.Value.EnumerateArray().Select(value => value.GetString()!).ToArray(),
        _ => (string[])[name.Value.GetString()!],
    }));

    internal static KeyZone Of(string name, string record) => new(new Dictionary<string, string[]?> { [name] = [record] });

    private static string[]? Failing(JsonElement error) => error.GetProperty("error").GetString() == "NXDOMAIN" ? [] : null;

    /// <summary>Every question, in order.</summary>
    internal List<string> Asked { get; } = [];

    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken)
    {
        Asked.Add(name);
        if (!_records.TryGetValue(name, out var found) || found is { Length: 0 }) return new(new DnsAnswer<string>(DnsStatus.NoSuchName, []));
        return new(found is null ? new DnsAnswer<string>(DnsStatus.Failure, []) : new DnsAnswer<string>(DnsStatus.Found, found));
    }

    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();
}
