using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Relay;

/// <summary>
/// Permits recipients for whose domain DNS names us as a mail server, but not as the first: the domain's owner asks for it so. Postfix means to remove it;
/// <c>relay_domains</c> says the same without trust in DNS.
/// </summary>
internal sealed class PermitMxBackup : IRestriction<RecipientContext>
{
    private const string NotNow = "Host not found, try again";
    private readonly IPluginServices _services;
    private readonly IReadOnlySet<IPAddress> _own;
    private readonly IReadOnlySet<IPAddress> _proxies;
    private readonly MailNetworks _networks;
    private readonly bool _allowsRoutes;

    public PermitMxBackup(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(0);
        _services = services;
        _own = OwnAddresses.Find(services.Settings.List("inet_interfaces"));
        _proxies = OwnAddresses.Find(services.Settings.List("proxy_interfaces"));
        _networks = new MailNetworks(services.Settings);
        _allowsRoutes = services.Settings.Boolean("allow_untrusted_routing");
    }

    public async ValueTask<Verdict> CheckAsync(RecipientContext context, CancellationToken cancellationToken)
    {
        var recipient = context.Recipient;
        if (recipient.Class != AddressClass.Default) return Verdict.Permit;
        // The first mail server may follow a route to a third domain, and we would have relayed to there.
        if (!_allowsRoutes && recipient.Address.Local.AsSpan().ContainsAny("@!%")) return Verdict.Dunno;
        var domain = recipient.Address.Domain;
        if (!HostName.IsValid(HostName.WithoutRoot(domain))) return Verdict.Dunno;
        var answer = await _services.Dns.FindMxAsync(domain, cancellationToken);
        if (answer.IsFailure) return Undecided($"Unable to look up mail exchanger information: {NotNow}");
        var doubts = new Doubts();
        return await IsBackupAsync(answer.Records, doubts, cancellationToken) ? Verdict.Permit : doubts.First is { } doubt ? Undecided(doubt) : Verdict.Dunno;
    }

    private async ValueTask<bool> IsBackupAsync(IReadOnlyList<MxRecord> records, Doubts doubts, CancellationToken cancellationToken)
    {
        var hosts = records.Where(record => HostName.IsValid(record.Host)).ToLookup(record => record.Preference == records[0].Preference, record => record.Host);
        if (await HasUsAsync(hosts[true], doubts, cancellationToken) || !await HasUsAsync(hosts[false], doubts, cancellationToken)) return false;
        return _networks.IsEmpty || await AreInNetworksAsync(hosts[true], doubts, cancellationToken);
    }

    private async ValueTask<bool> HasUsAsync(IEnumerable<string> hosts, Doubts doubts, CancellationToken cancellationToken)
    {
        foreach (var host in hosts)
        {
            if (await _services.Addresses.ClassifyAsync(new Address("postmaster", host), cancellationToken) == AddressClass.Local) return true;
        }
        foreach (var host in hosts)
        {
            var (addresses, problem) = await FindAddressesAsync(host, cancellationToken);
            if (addresses.Any(address => _own.Contains(address) || _proxies.Contains(address))) return true;
            if (problem is not null) doubts.Add($"Unable to look up mail exchanger host {host}: {problem}");
        }
        return false;
    }

    private async ValueTask<bool> AreInNetworksAsync(IEnumerable<string> hosts, Doubts doubts, CancellationToken cancellationToken)
    {
        foreach (var host in hosts)
        {
            var (addresses, problem) = await FindAddressesAsync(host, cancellationToken);
            if (problem is not null) doubts.Add($"Unable to look up host {host} as mail exchanger: {problem}");
            if (problem is not null || !addresses.All(_networks.Contains)) return false;
        }
        return true;
    }

    private async ValueTask<(IReadOnlyList<IPAddress> Addresses, string? Problem)> FindAddressesAsync(string host, CancellationToken cancellationToken)
    {
        var ipv4 = await _services.Dns.FindIpv4Async(host, cancellationToken);
        var ipv6 = await _services.Dns.FindIpv6Async(host, cancellationToken);
        if (ipv4.IsFailure || ipv6.IsFailure) return ([], NotNow);
        return ipv4.IsFound || ipv6.IsFound ? ([.. ipv4.Records, .. ipv6.Records], null) : ([], "Host not found");
    }

    private static Verdict.DeferIfReject Undecided(string problem) => new(Refusals.Of(Refusals.TemporaryCode, "4.4.4", problem, RefusedItem.Recipient));

    /// <summary>The first thing that DNS could not say.</summary>
    private sealed class Doubts
    {
        public string? First { get; private set; }

        public void Add(string doubt) => First ??= doubt;
    }
}
