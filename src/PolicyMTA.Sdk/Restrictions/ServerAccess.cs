using System.Net;

namespace PolicyMTA.Sdk;

/// <summary>
/// <c>check_*_a_access</c>, <c>check_*_mx_access</c> and <c>check_*_ns_access</c>: an access table asked for the addresses, the mail servers or the name servers of a name.
/// Thread-safe.
/// </summary>
public sealed class ServerAccess
{
    /// <summary>How many servers, and how many addresses of theirs, are looked at, as Postfix's <c>dns_rr_list_limit</c>: whoever runs the domain chooses how many there are.</summary>
    internal const int Limit = 100;

    private readonly AccessTable _table;
    private readonly IDnsResolver _dns;
    private readonly ServerKind _kind;

    private ServerAccess(RestrictionArguments arguments, IPluginServices services, RefusedItem item, ServerKind kind)
    {
        _table = new AccessTable(arguments, services, item);
        _dns = services.Dns;
        _kind = kind;
    }

    /// <summary>
    /// Declares the three restrictions of a subject, such as <c>check_helo_a_access</c>. The plugin declares the parameters with <see cref="AccessTable.Declare"/>.
    /// </summary>
    /// <param name="registry">Where.</param>
    /// <param name="subject">The word in the restrictions' names.</param>
    /// <param name="item">What a refusal is about.</param>
    /// <param name="name">The host name or domain; null or empty when there is none to ask for.</param>
    public static void Register<TContext>(IPluginRegistry registry, string subject, RefusedItem item, Func<TContext, string?> name) where TContext : ClientContext
    {
        ArgumentNullException.ThrowIfNull(registry);
        Add(ServerKind.Host, "a");
        Add(ServerKind.MailServer, "mx");
        Add(ServerKind.NameServer, "ns");

        void Add(ServerKind kind, string word) => registry.AddRestriction($"check_{subject}_{word}_access", (arguments, services) =>
        {
            var access = new ServerAccess(arguments, services, item, kind);
            return Restriction.Of<TContext>((context, cancellationToken) => access.CheckAsync(name(context), cancellationToken));
        }, AccessTable.Parameters);
    }

    private async ValueTask<Verdict> CheckAsync(string? name, CancellationToken cancellationToken)
    {
        // What HELO gives may look like an address.
        var domain = name is null ? "" : HostName.WithoutRoot(name.AsSpan(name.LastIndexOf('@') + 1)).ToString();
        if (domain.Length == 0) return Verdict.Dunno;
        if (FindAddress(domain) is { } address) return _kind == ServerKind.NameServer ? Verdict.Dunno : await OfAddressAsync(address, cancellationToken) ?? Verdict.Dunno;
        var left = Limit;
        foreach (var server in (await FindServersAsync(domain, cancellationToken)).Take(Limit))
        {
            var verdict = FindAddress(server) is { } bare ? await OfAddressAsync(bare, cancellationToken) : await OfNameAsync(server, cancellationToken);
            if (verdict is not null) return verdict;
            foreach (var its in await FindAddressesAsync(server, cancellationToken))
            {
                if (left-- == 0) return Verdict.Dunno;
                if (await OfAddressAsync(its, cancellationToken) is { } found) return found;
            }
        }
        return Verdict.Dunno;
    }

    private async ValueTask<Verdict?> OfNameAsync(string server, CancellationToken cancellationToken) =>
        _kind == ServerKind.Host ? null : await _table.FindUntrustedAsync(AccessKeys.OfHost(server, _table.ParentsMatch), cancellationToken);

    private ValueTask<Verdict?> OfAddressAsync(IPAddress address, CancellationToken cancellationToken) =>
        _table.FindUntrustedAsync(AccessKeys.OfAddress(address), cancellationToken);

    // A name whose servers can't be told now has none: the restriction would stop the mail of all whose DNS is slow.
    private async ValueTask<IEnumerable<string>> FindServersAsync(string domain, CancellationToken cancellationToken)
    {
        if (_kind == ServerKind.Host) return [domain];
        if (!HostName.IsValid(domain)) return [];
        if (_kind == ServerKind.NameServer) return await FindNameServersAsync(domain, cancellationToken);
        var exchangers = await _dns.FindMxAsync(domain, cancellationToken);
        if (exchangers.IsFound) return exchangers.Records.Select(record => record.Host).Where(host => host.Length > 0);
        // RFC 5321 §5.1: without MX a domain is its own mail server.
        return exchangers.IsFailure ? [] : [domain];
    }

    // The zone that holds the name may begin at any of its parents.
    private async ValueTask<IEnumerable<string>> FindNameServersAsync(string domain, CancellationToken cancellationToken)
    {
        while (true)
        {
            var servers = await _dns.FindNsAsync(domain, cancellationToken);
            var dot = domain.IndexOf('.', StringComparison.Ordinal);
            if (servers.IsFound || servers.IsFailure || dot < 0) return servers.Records;
            domain = domain[(dot + 1)..];
        }
    }

    private async ValueTask<IEnumerable<IPAddress>> FindAddressesAsync(string server, CancellationToken cancellationToken)
    {
        if (!HostName.IsValid(server)) return [];
        var ipv4 = await _dns.FindIpv4Async(server, cancellationToken);
        var ipv6 = await _dns.FindIpv6Async(server, cancellationToken);
        return ipv4.Records.Concat(ipv6.Records);
    }

    private static IPAddress? FindAddress(string host)
    {
        var text = HostName.IsLiteral(host) ? host.AsSpan(1, host.Length - 2) : host;
        if (host.StartsWith('[') && text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) text = text["IPv6:".Length..];
        return HostName.IsAddress(text) ? IPAddress.Parse(text) : null;
    }

    private enum ServerKind
    {
        Host,
        MailServer,
        NameServer,
    }
}
