using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Client;

/// <summary>A DNS list <c>zone[=filter]</c>, of addresses or of names (RFC 5782).</summary>
internal sealed class DnsList
{
    private readonly IDnsResolver _dns;
    private readonly RblFilter? _filter;

    public DnsList(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(1);
        var parts = arguments.Text(0, "the zone").Split('=', 2);
        Zone = parts[0];
        if (!HostName.IsQualified(Zone)) throw new ConfigurationException($"{arguments.Name}: '{Zone}' is no domain name");
        _filter = parts.Length > 1 ? RblFilter.Parse(parts[1]) ?? throw new ConfigurationException($"{arguments.Name}: '{parts[1]}' is no filter such as 127.0.0.[2;4..9]") : null;
        _dns = services.Dns;
    }

    public string Zone { get; }

    /// <summary>Whether the list has the key; null when it could not be asked.</summary>
    public async ValueTask<bool?> HasAsync(string key, CancellationToken cancellationToken)
    {
        var answer = await _dns.FindIpv4Async($"{key}.{Zone}", cancellationToken);
        if (answer.IsFailure) return null;
        return answer.IsFound && (_filter is null || answer.Records.Any(_filter.Matches));
    }

    /// <summary>The refusal of what the list has, with the reason that it gives.</summary>
    public async ValueTask<Verdict> RefuseAsync(string key, string what, int code, CancellationToken cancellationToken)
    {
        var reasons = await _dns.FindTxtAsync($"{key}.{Zone}", cancellationToken);
        var reason = reasons.IsFound ? $"; {reasons.Records[0]}" : "";
        return Refusals.Of(code, "5.7.1", $"Service unavailable; {what} blocked using {Zone}{reason}", RefusedItem.Client, ReplyFrame.None);
    }

    /// <summary>The address as a list's key: octets or nibbles, last first.</summary>
    public static string Reverse(IPAddress address)
    {
        var bytes = address.GetAddressBytes().Reverse();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', bytes)
            : string.Join('.', bytes.Select(b => $"{b & 15:x}.{b >> 4:x}"));
    }
}
