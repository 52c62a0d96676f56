using System.Net;
using System.Net.Sockets;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>Finds the addresses behind a next hop (RFC 5321 §5.1): MX by preference, equals in random order, else the host's own addresses, IPv6 first.</summary>
internal sealed class HostFinder(IDnsResolver dns, Random random)
{
    private static readonly EnhancedStatus NoSuchHost = new(5, 4, 4);
    private static readonly EnhancedStatus DnsFailed = new(4, 4, 3);
    private static readonly EnhancedStatus LoopsBack = new(5, 4, 6);
    private static readonly EnhancedStatus NullMx = new(5, 1, 0);
    private static readonly EnhancedStatus BadNextHop = new(4, 3, 5);

    public async ValueTask<HostSearch> FindAsync(NextHop nextHop, DeliverySettings settings, CancellationToken cancellationToken) => nextHop switch
    {
        NextHop.UnixPath unix => FindUnix(unix.Path, settings),
        NextHop.Host host => await FindHostsAsync([host.Name], host.Port, settings, cancellationToken),
        NextHop.Domain domain => await FindByMxAsync(domain, settings, cancellationToken),
        _ => throw new InvalidOperationException("unknown next hop"),
    };

    private static HostSearch FindUnix(string path, DeliverySettings settings)
    {
        try
        {
            return new HostSearch.Found([Destination.Unix(settings.MyHostname, path, Path.Combine(settings.QueueDirectory, path))]);
        }
        catch (ArgumentException) // too long for a socket address
        {
            return new HostSearch.NotFound(BadNextHop, $"bad unix-domain socket path: {path}");
        }
    }

    private async ValueTask<HostSearch> FindByMxAsync(NextHop.Domain domain, DeliverySettings settings, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(domain.Name, out _)) return await FindHostsAsync([domain.Name], domain.Port, settings, cancellationToken);
        var answer = await dns.FindMxAsync(domain.Name, cancellationToken);
        if (answer.IsFailure) return NotFound(domain.Name, "MX", DnsStatus.Failure);
        if (answer.Status == DnsStatus.NoSuchName) return NotFound(domain.Name, "AAAA", DnsStatus.NoSuchName);
        if (!answer.IsFound) return await FindHostsAsync([domain.Name], domain.Port, settings, cancellationToken);
        if (answer.Records is [{ Host: "" }]) return new HostSearch.NotFound(NullMx, $"Domain {domain.Name} does not accept mail (nullMX)"); // RFC 7505 §4.1

        var hosts = InOrder(answer.Records, settings.MyHostname);
        return hosts.Count == 0
            ? new HostSearch.NotFound(LoopsBack, $"mail for {domain.Name} loops back to myself")
            : await FindHostsAsync(hosts, domain.Port, settings, cancellationToken);
    }

    // RFC 5321 §5.1: when we are an MX of the domain ourselves, only better ones may get the mail.
    private List<string> InOrder(IReadOnlyList<MxRecord> records, string myHostname)
    {
        var ours = records.Where(r => r.Host.Equals(myHostname, StringComparison.OrdinalIgnoreCase)).Select(r => (int?)r.Preference).Min();
        var hosts = new List<string>(records.Count);
        foreach (var equals in records.Where(r => r.Preference < (ours ?? int.MaxValue)).GroupBy(r => r.Preference).OrderBy(g => g.Key))
        {
            var shuffled = equals.Select(r => r.Host).ToArray();
            random.Shuffle(shuffled);
            hosts.AddRange(shuffled);
        }
        return hosts;
    }

    private async ValueTask<HostSearch> FindHostsAsync(IReadOnlyList<string> hosts, int port, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var found = new List<Destination>(2);
        HostSearch? failure = null;
        var last = DnsStatus.NoSuchName;
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var literal))
            {
                found.Add(Destination.Tcp(host, literal, port));
                continue;
            }
            last = await AddAddressesAsync(host, port, found, cancellationToken);
            if (last == DnsStatus.Failure) failure ??= NotFound(host, "AAAA", last);
            if (found.Count >= settings.MxAddressLimit) break;
        }
        if (found.Count > 0) return new HostSearch.Found(found);
        return failure ?? NotFound(hosts[^1], "AAAA", last);
    }

    private async ValueTask<DnsStatus> AddAddressesAsync(string host, int port, List<Destination> found, CancellationToken cancellationToken)
    {
        var ipv6 = Socket.OSSupportsIPv6 ? await dns.FindIpv6Async(host, cancellationToken) : new DnsAnswer<IPAddress>(DnsStatus.NoData, []);
        if (ipv6.Status == DnsStatus.NoSuchName) return ipv6.Status;
        var ipv4 = await dns.FindIpv4Async(host, cancellationToken);
        foreach (var address in ipv6.Records) found.Add(Destination.Tcp(host, address, port));
        foreach (var address in ipv4.Records) found.Add(Destination.Tcp(host, address, port));
        return ipv4.IsFound ? DnsStatus.Found : ipv6.IsFailure ? DnsStatus.Failure : ipv4.Status;
    }

    private static HostSearch.NotFound NotFound(string name, string type, DnsStatus status) => status switch
    {
        DnsStatus.Failure => new(DnsFailed, $"Host or domain name not found. Name service error for name={name} type={type}: Host not found, try again"),
        DnsStatus.NoData => new(NoSuchHost, $"Host or domain name not found. Name service error for name={name} type={type}: Host found but no data record of requested type"),
        _ => new(NoSuchHost, $"Host or domain name not found. Name service error for name={name} type={type}: Host not found"),
    };
}
