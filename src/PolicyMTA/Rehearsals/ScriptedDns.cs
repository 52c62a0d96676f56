using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using PolicyMTA.Policy.Testing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>DNS as a test says it is: what it does not mention does not exist. Thread-safe.</summary>
internal sealed class ScriptedDns : IDnsResolver
{
    private readonly ConcurrentDictionary<(string Kind, string Name), IReadOnlyList<string>> _records = new();
    private readonly ConcurrentDictionary<string, bool> _failing = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Forgets all.</summary>
    public void Reset()
    {
        _records.Clear();
        _failing.Clear();
    }

    /// <summary>Puts records in, in the place of those of their kind and name.</summary>
    /// <exception cref="PolicyTestException">They are none.</exception>
    public void Set(string kind, string name, IReadOnlyList<string> values)
    {
        if (kind == "fail")
        {
            _failing[name] = true;
            return;
        }
        foreach (var value in values) Check(kind, value);
        if (kind == "ptr" && !IPAddress.TryParse(name, out _)) throw new PolicyTestException($"dns.ptr wants an address, not '{name}'");
        _failing.TryRemove(name, out _);
        _records[(kind, Key(kind, name))] = values;
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => Find("a", name, IPAddress.Parse);
    /// <inheritdoc/>
    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => Find("aaaa", name, IPAddress.Parse);
    /// <inheritdoc/>
    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => Find("mx", name, ReadMx);
    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => Find("ns", name, value => value);
    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) => Find("txt", name, value => value);
    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => Find("ptr", address.ToString(), value => value);
    /// <inheritdoc/>
    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => new(new DnsAnswer<TlsaRecord>(DnsStatus.NoSuchName, []));

    private ValueTask<DnsAnswer<T>> Find<T>(string kind, string name, Func<string, T> read)
    {
        if (_failing.ContainsKey(name)) return new(new DnsAnswer<T>(DnsStatus.Failure, []));
        if (_records.TryGetValue((kind, Key(kind, name)), out var values) && values.Count > 0) return new(new DnsAnswer<T>(DnsStatus.Found, [.. values.Select(read)]));
        var exists = _records.Keys.Any(k => k.Kind != "ptr" && k.Name == Key(kind, name));
        return new(new DnsAnswer<T>(exists ? DnsStatus.NoData : DnsStatus.NoSuchName, []));
    }

    private static string Key(string kind, string name) => kind == "ptr" && IPAddress.TryParse(name, out var address) ? address.ToString() : name.TrimEnd('.').ToLowerInvariant();

    private static void Check(string kind, string value)
    {
        var isGood = kind switch
        {
            "a" => IPAddress.TryParse(value, out var v4) && v4.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork,
            "aaaa" => IPAddress.TryParse(value, out var v6) && v6.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6,
            "mx" => value.Split(' ') is [var preference, _] && int.TryParse(preference, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            _ => true,
        };
        if (!isGood) throw new PolicyTestException($"'{value}' is no {kind} record{(kind == "mx" ? ", which is like '10 mx.example.net'" : "")}");
    }

    // The null MX of RFC 7505 is written '0 .'.
    private static MxRecord ReadMx(string value) => value.Split(' ') is [var preference, var host] ? new MxRecord(int.Parse(preference, CultureInfo.InvariantCulture), host.TrimEnd('.')) : new MxRecord(0, value);
}
