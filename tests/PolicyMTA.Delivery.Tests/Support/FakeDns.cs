using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>DNS from a table. A name that is absent does not exist; names starting with <c>fails.</c> can't be asked.</summary>
internal sealed class FakeDns : IDnsResolver
{
    private readonly Dictionary<string, List<object>> _zone = new(StringComparer.OrdinalIgnoreCase);

    public FakeDns Mx(string name, int preference, string host) => Add(name, new MxRecord(preference, host));

    public FakeDns Address(string name, string address) => Add(name, IPAddress.Parse(address));

    public FakeDns Empty(string name)
    {
        _zone.TryAdd(name, []);
        return this;
    }

    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) =>
        Find<IPAddress>(name, a => a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork);

    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) =>
        Find<IPAddress>(name, a => a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6);

    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => Find<MxRecord>(name, _ => true);

    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    private FakeDns Add(string name, object record)
    {
        Empty(name);
        _zone[name].Add(record);
        return this;
    }

    private ValueTask<DnsAnswer<T>> Find<T>(string name, Func<T, bool> fits)
    {
        if (name.StartsWith("fails.", StringComparison.Ordinal)) return new(new DnsAnswer<T>(DnsStatus.Failure, []));
        if (!_zone.TryGetValue(name, out var records)) return new(new DnsAnswer<T>(DnsStatus.NoSuchName, []));
        var found = records.OfType<T>().Where(fits).ToArray();
        return new(new DnsAnswer<T>(found.Length > 0 ? DnsStatus.Found : DnsStatus.NoData, found));
    }
}
