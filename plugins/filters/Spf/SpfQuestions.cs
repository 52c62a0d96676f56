using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Spf;

/// <summary>What one check asks of DNS, counted (RFC 7208 §4.6.4). Throws <see cref="SpfErrorException"/> when it is too much, or DNS can't say.</summary>
internal sealed class SpfQuestions(IDnsResolver dns, SpfSubject subject, SpfLimits limits)
{
    private const int LongestName = 253, LongestLabel = 63;

    private int _terms, _voids;
    private IReadOnlyList<string>? _hostNames;

    /// <summary>A term is about to ask.</summary>
    internal void CountTerm()
    {
        if (++_terms > limits.Lookups) throw new SpfErrorException(SpfOutcome.Permanent($"more than {limits.Lookups} terms ask DNS"));
    }

    /// <summary>False for what can't be asked (§4.3): a label or the whole too long, or empty labels.</summary>
    internal static bool IsName(string name)
    {
        var bare = name.EndsWith('.') ? name[..^1] : name;
        return bare.Length is > 0 and <= LongestName && bare.Split('.').All(label => label.Length is > 0 and <= LongestLabel);
    }

    /// <summary>TXT records as they are; what was found is not counted here.</summary>
    internal ValueTask<DnsAnswer<string>> TextsAsync(string name, CancellationToken cancellationToken) => dns.FindTxtAsync(Bare(name), cancellationToken);

    /// <summary>The addresses of the client's family.</summary>
    internal async ValueTask<IReadOnlyList<IPAddress>> AddressesAsync(string name, CancellationToken cancellationToken) =>
        Counted(name, await FamilyAsync(name, cancellationToken));

    /// <summary>Whether there is an A record, whatever the client's family (§5.7).</summary>
    internal async ValueTask<bool> ExistsAsync(string name, CancellationToken cancellationToken) =>
        IsName(name) && Counted(name, await dns.FindIpv4Async(Bare(name), cancellationToken)).Count > 0;

    /// <summary>The addresses of the hosts that take a domain's mail (§5.4).</summary>
    internal async ValueTask<IReadOnlyList<IPAddress>> ExchangeAddressesAsync(string name, CancellationToken cancellationToken)
    {
        if (!IsName(name)) return [];
        var hosts = Counted(name, await dns.FindMxAsync(Bare(name), cancellationToken)).Where(mx => mx.Host.Length > 0).ToList();
        if (hosts.Count > limits.Exchanges) throw new SpfErrorException(SpfOutcome.Permanent($"{name} has more than {limits.Exchanges} MX records"));
        var addresses = new List<IPAddress>();
        foreach (var host in hosts) addresses.AddRange(await AddressesAsync(host.Host, cancellationToken));
        return addresses;
    }

    /// <summary>The client's names that lead back to it (§5.5). What DNS can't say is no name.</summary>
    internal async ValueTask<IReadOnlyList<string>> HostNamesAsync(CancellationToken cancellationToken)
    {
        if (_hostNames is not null) return _hostNames;
        var names = new List<string>();
        var pointers = await dns.FindPtrAsync(subject.Client, cancellationToken);
        if (pointers.Status is DnsStatus.NoData or DnsStatus.NoSuchName) CountVoid(subject.Client.ToString());
        foreach (var name in pointers.Records.Take(limits.Pointers))
        {
            if (!IsName(name)) continue;
            if ((await FamilyAsync(name, cancellationToken)).Records.Contains(subject.Client)) names.Add(Bare(name));
        }
        return _hostNames = names;
    }

    private ValueTask<DnsAnswer<IPAddress>> FamilyAsync(string name, CancellationToken cancellationToken)
    {
        if (!IsName(name)) return new(new DnsAnswer<IPAddress>(DnsStatus.NoSuchName, []));
        return subject.Client.AddressFamily == AddressFamily.InterNetwork ? dns.FindIpv4Async(Bare(name), cancellationToken) : dns.FindIpv6Async(Bare(name), cancellationToken);
    }

    private IReadOnlyList<T> Counted<T>(string name, DnsAnswer<T> answer)
    {
        if (answer.IsFailure) throw new SpfErrorException(SpfOutcome.Temporary($"DNS does not answer for {name}"));
        if (!answer.IsFound) CountVoid(name);
        return answer.Records;
    }

    private void CountVoid(string name)
    {
        if (++_voids > limits.VoidLookups) throw new SpfErrorException(SpfOutcome.Permanent($"more than {limits.VoidLookups} names lead nowhere, {name} the last"));
    }

    private static string Bare(string name) => name.EndsWith('.') ? name[..^1] : name;
}
