using System.Net;
using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests;

/// <summary>DNS out of the zones that published suites bring: names in lower case, types with their values, <c>timeout</c> for what does not answer.</summary>
internal sealed class Zone(JsonElement zone) : IDnsResolver
{
    private const int LongestChain = 10;

    private readonly Dictionary<string, JsonElement> _names = zone.EnumerateObject().ToDictionary(name => name.Name.TrimEnd('.'), name => name.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>Every question, in order.</summary>
    public List<string> Asked { get; } = [];

    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => new(Find(name, "A", value => IPAddress.Parse(value.GetString()!)));

    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => new(Find(name, "AAAA", value => IPAddress.Parse(value.GetString()!)));

    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) =>
        new(Find(name, "MX", value => new MxRecord(value[0].GetInt32(), value[1].GetString()!.TrimEnd('.'))));

    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) =>
        new(Find(name, "TXT", value => value.ValueKind == JsonValueKind.Array ? string.Concat(value.EnumerateArray().Select(part => part.GetString())) : value.GetString()!));

    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var name = _names.ContainsKey($"ptr:{address}") ? $"ptr:{address}" : ReverseName(address);
        return new(Find(name, "PTR", value => value.GetString()!.TrimEnd('.')));
    }

    private DnsAnswer<T> Find<T>(string name, string type, Func<JsonElement, T> read)
    {
        Asked.Add($"{name} {type}");
        for (var chain = 0; chain < LongestChain; chain++)
        {
            if (name.Contains("_dns_error.", StringComparison.OrdinalIgnoreCase)) return new DnsAnswer<T>(DnsStatus.Failure, []);
            if (!_names.TryGetValue(name.TrimEnd('.'), out var entry)) return new DnsAnswer<T>(DnsStatus.NoSuchName, []);
            if (entry.TryGetProperty(type, out var values) && values.GetArrayLength() > 0) return new DnsAnswer<T>(DnsStatus.Found, [.. values.EnumerateArray().Select(read)]);
            if (entry.TryGetProperty("timeout", out var timeouts) && timeouts.EnumerateArray().Any(t => t.GetString() is "*" || t.GetString() == type)) return new DnsAnswer<T>(DnsStatus.Failure, []);
            if (!entry.TryGetProperty("CNAME", out var alias)) return new DnsAnswer<T>(DnsStatus.NoData, []);
            name = alias[0].GetString()!;
        }
        return new DnsAnswer<T>(DnsStatus.Failure, []);
    }

    private static string ReverseName(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        if (bytes.Length == 4) return string.Join('.', bytes.Reverse()) + ".in-addr.arpa";
        return string.Join('.', Convert.ToHexStringLower(bytes).Reverse()) + ".ip6.arpa";
    }
}
