using System.Net;
using System.Net.Sockets;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>Finds the addresses behind a next hop (RFC 5321 §5.1): MX by preference, else the host's own addresses; never those of ourselves.</summary>
internal sealed class HostFinder(IDnsResolver dns, Random random)
{
    private const int SmtpPort = 25;
    // A domain with more is up to something; each costs two questions.
    private const int MostHosts = 30;
    private static readonly EnhancedStatus NoSuchHost = new(5, 4, 4);
    private static readonly EnhancedStatus DnsFailed = new(4, 4, 3);
    private static readonly EnhancedStatus NoPrimary = new(4, 4, 4);
    private static readonly EnhancedStatus LoopsBack = new(5, 4, 6);
    private static readonly EnhancedStatus NullMx = new(5, 1, 0);
    private static readonly EnhancedStatus BadNextHop = new(4, 3, 5);

    public async ValueTask<HostSearch> FindAsync(NextHop nextHop, DeliverySettings settings, ClientSettings client, CancellationToken cancellationToken) => nextHop switch
    {
        NextHop.UnixPath unix => FindUnix(unix.Path, settings),
        NextHop.Host host => await FindHostAsync(host, settings, client, cancellationToken),
        NextHop.Domain domain => await FindByMxAsync(domain, settings, client, cancellationToken),
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

    private async ValueTask<HostSearch> FindHostAsync(NextHop.Host host, DeliverySettings settings, ClientSettings client, CancellationToken cancellationToken)
    {
        var (candidates, nothing) = await ResolveAsync([new MxRecord(0, host.Name)], host.Port, settings, client, cancellationToken);
        if (nothing is not null) return nothing;
        return candidates.Exists(c => IsOurselves(c, settings)) ? LoopsBackTo(host.Name) : new HostSearch.Found(AddressOrder.Of(candidates, client, random));
    }

    private async ValueTask<HostSearch> FindByMxAsync(NextHop.Domain domain, DeliverySettings settings, ClientSettings client, CancellationToken cancellationToken)
    {
        var itself = new NextHop.Host(domain.Name, domain.Port);
        if (IPAddress.TryParse(domain.Name, out _)) return await FindHostAsync(itself, settings, client, cancellationToken);
        var answer = await dns.FindMxAsync(domain.Name, cancellationToken);
        if (answer.IsFailure) return NotFound(domain.Name, "MX", DnsStatus.Failure);
        if (answer.Status == DnsStatus.NoSuchName) return NotFound(domain.Name, "AAAA", DnsStatus.NoSuchName);
        if (!answer.IsFound) return await FindHostAsync(itself, settings, client, cancellationToken);
        if (answer.Records is [{ Host: "" }]) return new HostSearch.NotFound(NullMx, $"Domain {domain.Name} does not accept mail (nullMX)"); // RFC 7505 §4.1
        return await FindAmongAsync(answer.Records, domain, settings, client, cancellationToken);
    }

    // RFC 5321 §5.1: when we are an MX of the domain ourselves, only better ones may get the mail.
    private async ValueTask<HostSearch> FindAmongAsync(IReadOnlyList<MxRecord> records, NextHop.Domain domain, DeliverySettings settings, ClientSettings client, CancellationToken cancellationToken)
    {
        var ours = records.Where(r => IsOurName(r.Host, settings)).Select(r => r.Preference).DefaultIfEmpty(int.MaxValue).Min();
        var better = records.Where(r => r.Preference < ours).OrderBy(r => r.Preference).ToArray();
        if (better.Length == 0) return LoopsBackTo(domain.Name);
        if (!client.RandomizesAddresses) return await FinishAsync(better);
        random.Shuffle(better); // so that a limit on the hosts that are asked for leaves out another one each time
        return await FinishAsync([.. better.OrderBy(r => r.Preference)]);

        async ValueTask<HostSearch> FinishAsync(MxRecord[] hosts)
        {
            var (candidates, nothing) = await ResolveAsync(hosts, domain.Port, settings, client, cancellationToken);
            if (nothing is not null) return nothing;
            var self = candidates.Where(c => IsOurselves(c, settings)).Select(c => c.Preference).DefaultIfEmpty(int.MaxValue).Min();
            var left = candidates.FindAll(c => c.Preference < self);
            if (left.Count > 0) return new HostSearch.Found(AddressOrder.Of(left, client, random));
            return hosts[0].Preference < self ? new HostSearch.NotFound(NoPrimary, $"unable to find primary relay for {domain.Name}") : LoopsBackTo(domain.Name);
        }
    }

    private static bool IsOurName(string host, DeliverySettings settings) => host.Equals(settings.MyHostname, StringComparison.OrdinalIgnoreCase);

    // Another port of this machine is somebody else: a content filter, a second server.
    private static bool IsOurselves(Candidate candidate, DeliverySettings settings) =>
        settings.OwnAddresses.Count > 0 && candidate.Destination.EndPoint is IPEndPoint { Port: SmtpPort } point && settings.OwnAddresses.Contains(point.Address);

    private static HostSearch.NotFound LoopsBackTo(string name) => new(LoopsBack, $"mail for {name} loops back to myself");

    // All hosts of one preference are asked for before the number is enough: one of them may be us.
    private async ValueTask<(List<Candidate> Found, HostSearch.NotFound? Nothing)> ResolveAsync(IReadOnlyList<MxRecord> hosts, int port, DeliverySettings settings, ClientSettings client, CancellationToken cancellationToken)
    {
        var found = new List<Candidate>(2);
        HostSearch.NotFound? failure = null, nothing = null;
        foreach (var host in hosts.Take(MostHosts))
        {
            if (client.MxAddressLimit > 0 && found.Count >= client.MxAddressLimit && found[^1].Preference < host.Preference) break;
            var status = await AddAddressesAsync(host, port, found, settings, cancellationToken);
            if (status == DnsStatus.Found) continue;
            nothing = NotFound(host.Host, "AAAA", status);
            if (status == DnsStatus.Failure) failure ??= nothing;
        }
        return (found, found.Count > 0 ? null : failure ?? nothing);
    }

    private async ValueTask<DnsStatus> AddAddressesAsync(MxRecord host, int port, List<Candidate> found, DeliverySettings settings, CancellationToken cancellationToken)
    {
        void Add(IPAddress address) => found.Add(new Candidate(host.Preference, Destination.Tcp(host.Host, address, port)));
        if (IPAddress.TryParse(host.Host, out var literal))
        {
            Add(literal);
            return DnsStatus.Found;
        }
        var none = new DnsAnswer<IPAddress>(DnsStatus.NoData, []);
        var ipv6 = settings.UsesIpv6 && Socket.OSSupportsIPv6 ? await dns.FindIpv6Async(host.Host, cancellationToken) : none;
        if (ipv6.Status == DnsStatus.NoSuchName) return ipv6.Status;
        var ipv4 = settings.UsesIpv4 ? await dns.FindIpv4Async(host.Host, cancellationToken) : none;
        foreach (var address in ipv6.Records.Concat(ipv4.Records)) Add(address);
        return ipv4.IsFound || ipv6.IsFound ? DnsStatus.Found : ipv6.IsFailure ? DnsStatus.Failure : ipv4.Status;
    }

    /// <summary>True when the name leads nowhere, as far as DNS tells: not when its owner, or we, want no mail for it.</summary>
    public static bool IsUnknown(HostSearch.NotFound search) => search.Status == NoSuchHost || search.Status == DnsFailed;

    private static HostSearch.NotFound NotFound(string name, string type, DnsStatus status) => status switch
    {
        DnsStatus.Failure => new(DnsFailed, $"Host or domain name not found. Name service error for name={name} type={type}: Host not found, try again"),
        DnsStatus.NoData => new(NoSuchHost, $"Host or domain name not found. Name service error for name={name} type={type}: Host found but no data record of requested type"),
        _ => new(NoSuchHost, $"Host or domain name not found. Name service error for name={name} type={type}: Host not found"),
    };
}
