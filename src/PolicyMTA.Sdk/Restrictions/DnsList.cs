using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Sdk;

/// <summary>A DNS list <c>zone[=filter]</c>, of addresses or of domains (RFC 5782), asked by one restriction. Thread-safe.</summary>
public sealed class DnsList
{
    /// <summary>What policies pass to a restriction with such a list alone, for <see cref="IPluginRegistry.AddRestriction"/>.</summary>
    internal const string Parameters = "list: string";

    private readonly IDnsResolver _dns;
    private readonly DnsListFilter? _filter;

    /// <summary>The list that the restriction's only argument names.</summary>
    /// <exception cref="ConfigurationException">It names none.</exception>
    public DnsList(RestrictionArguments arguments, IPluginServices services)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(services);
        arguments.Allow(1);
        Specification = arguments.Text(0, "the zone");
        var parts = Specification.Split('=', 2);
        Zone = parts[0];
        if (!HostName.IsQualified(Zone)) throw new ConfigurationException($"{arguments.Name}: '{Zone}' is no domain name");
        _filter = parts.Length > 1 ? DnsListFilter.Parse(parts[1]) ?? throw new ConfigurationException($"{arguments.Name}: '{parts[1]}' is no filter such as 127.0.0.[2;4..9]") : null;
        _dns = services.Dns;
    }

    /// <summary>The argument: <c>zone[=filter]</c>.</summary>
    internal string Specification { get; }

    /// <summary>The zone.</summary>
    internal string Zone { get; }

    /// <summary>Whether the list has the key; null when it could not be asked.</summary>
    public async ValueTask<bool?> HasAsync(string key, CancellationToken cancellationToken)
    {
        var answer = await _dns.FindIpv4Async($"{key}.{Zone}", cancellationToken);
        if (answer.IsFailure) return null;
        return answer.IsFound && (_filter is null || answer.Records.Any(_filter.Matches));
    }

    /// <summary>The address as a list's key: octets or nibbles, last first.</summary>
    public static string KeyOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var bytes = address.GetAddressBytes().Reverse();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', bytes)
            : string.Join('.', bytes.Select(b => $"{b & 15:x}.{b >> 4:x}"));
    }

    /// <summary>The domain as a list's key: of an address, what stands behind its <c>@</c>. Null for what is no host name: some lists refuse to be asked for addresses.</summary>
    public static string? KeyOf(string? name)
    {
        var domain = name?[(name.LastIndexOf('@') + 1)..];
        if (domain is null || !HostName.IsValid(domain)) return null;
        return domain.AsSpan(domain.LastIndexOf('.') + 1).ContainsAnyExceptInRange('0', '9') ? domain : null;
    }

    /// <summary>The reasons that the list gives for having the key, in one line; empty when it gives none.</summary>
    internal async ValueTask<string> FindReasonAsync(string key, CancellationToken cancellationToken) =>
        string.Join(" / ", (await _dns.FindTxtAsync($"{key}.{Zone}", cancellationToken)).Records);
}
