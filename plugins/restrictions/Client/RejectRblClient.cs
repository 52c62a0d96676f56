using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Client;

/// <summary><c>reject_rbl_client zone[=filter]</c>: refuses addresses that a DNS block list has (RFC 5782).</summary>
internal sealed class RejectRblClient : IRestriction<ClientContext>
{
    private readonly IDnsResolver _dns;
    private readonly string _zone;
    private readonly RblFilter? _filter;
    private readonly int _code;

    public RejectRblClient(RestrictionArguments arguments, IPluginServices services)
    {
        arguments.Allow(1);
        var parts = arguments.Text(0, "the zone").Split('=', 2);
        _zone = parts[0];
        if (!HostName.IsQualified(_zone)) throw new ConfigurationException($"{arguments.Name}: '{_zone}' is no domain name");
        _filter = parts.Length > 1 ? RblFilter.Parse(parts[1]) ?? throw new ConfigurationException($"{arguments.Name}: '{parts[1]}' is no filter such as 127.0.0.[2;4..9]") : null;
        _code = ReplyCode.From(services.Settings, "maps_rbl_reject_code");
        _dns = services.Dns;
    }

    public async ValueTask<Verdict> CheckAsync(ClientContext context, CancellationToken cancellationToken)
    {
        var name = $"{Reverse(context.Client.Address)}.{_zone}";
        var answer = await _dns.FindIpv4Async(name, cancellationToken);
        // A list that can't be asked lists nobody: it must not stop the mail of all.
        if (!answer.IsFound || (_filter is not null && !answer.Records.Any(_filter.Matches))) return Verdict.Dunno;
        var reasons = await _dns.FindTxtAsync(name, cancellationToken);
        var reason = reasons.IsFound ? $"; {reasons.Records[0]}" : "";
        return Refusals.Of(_code, "5.7.1", $"Service unavailable; Client host [{context.Client.Address}] blocked using {_zone}{reason}", RefusedItem.Client, ReplyFrame.None);
    }

    private static string Reverse(IPAddress address)
    {
        var bytes = address.GetAddressBytes().Reverse();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', bytes)
            : string.Join('.', bytes.Select(b => $"{b & 15:x}.{b >> 4:x}"));
    }
}
