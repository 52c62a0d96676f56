using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary>Turns a listener's <c>address</c> into what is bound; <c>:25</c> is what <c>inet_interfaces</c> and <c>inet_protocols</c> say.</summary>
internal sealed class ListenAddresses(Parameters parameters, string hostsFile = "/etc/hosts")
{
    /// <summary>The addresses; none when the text is no address.</summary>
    /// <exception cref="ConfigurationException"><c>inet_interfaces</c> or <c>inet_protocols</c> is wrong.</exception>
    public IReadOnlyList<EndPoint> Parse(string text)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal)) return One(Unix(text["unix:".Length..]));
        if (text.StartsWith("systemd:", StringComparison.Ordinal)) return One(Inherited(text["systemd:".Length..]));
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return [];
        var host = text[..colon];
        if (host is "" or "*") return Interfaces(port);
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (host.Contains(':', StringComparison.Ordinal) != isBracketed) return [];
        return IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var address) && (isBracketed || host.Count(c => c == '.') == 3) ? [new IPEndPoint(address, port)] : [];
    }

    private UnixDomainSocketEndPoint? Unix(string text)
    {
        var path = Path.GetFullPath(text, parameters.Root);
        // sockaddr_un has room for 108 bytes with the closing zero (unix(7)).
        return text.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(path) < 108 ? new UnixDomainSocketEndPoint(path) : null;
    }

    private static InheritedEndPoint? Inherited(string text)
    {
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        if (hash < 0) return text.Length > 0 ? new InheritedEndPoint(text, 1) : null;
        return hash > 0 && byte.TryParse(text.AsSpan(hash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? new InheritedEndPoint(text[..hash], number) : null;
    }

    private IReadOnlyList<EndPoint> Interfaces(int port)
    {
        var (ipv4, ipv6) = Protocols();
        var names = parameters.List("inet_interfaces");
        if (names.Count == 0) throw new ConfigurationException("inet_interfaces: name at least one interface, or all");
        if (names is ["all"]) return [ipv4 && ipv6 ? new IPEndPoint(IPAddress.IPv6Any, port) : ipv6 ? new OnlyIpv6EndPoint(port) : new IPEndPoint(IPAddress.Any, port)];
        var addresses = names.SelectMany(Resolve).Where(a => a.AddressFamily == AddressFamily.InterNetwork ? ipv4 : ipv6).Distinct().ToList();
        if (addresses.Count == 0) throw new ConfigurationException("inet_interfaces: no address is left of what inet_protocols allows");
        return [.. addresses.Select(a => new IPEndPoint(a, port))];
    }

    private (bool Ipv4, bool Ipv6) Protocols()
    {
        var protocols = parameters.List("inet_protocols");
        if (protocols.FirstOrDefault(p => p is not ("all" or "ipv4" or "ipv6")) is { } wrong) throw new ConfigurationException($"inet_protocols: '{wrong}' is none of all, ipv4, ipv6");
        if (protocols.Count == 0) throw new ConfigurationException("inet_protocols: name at least one protocol, or all");
        return (protocols.Any(p => p is "all" or "ipv4"), protocols.Any(p => p is "all" or "ipv6"));
    }

    private IEnumerable<IPAddress> Resolve(string name)
    {
        if (name == "all") throw new ConfigurationException("inet_interfaces: 'all' stands alone");
        if (name == "loopback-only") return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        if (IPAddress.TryParse(name.Trim('[', ']'), out var address)) return [address];
        var known = Hosts(name);
        return known.Count > 0 ? known : throw new ConfigurationException($"inet_interfaces: '{name}' is no address and {hostsFile} does not know it");
    }

    /// <summary>Names that need DNS would keep a server from starting when DNS is away.</summary>
    private List<IPAddress> Hosts(string name)
    {
        if (!File.Exists(hostsFile)) return [];
        return [.. from line in File.ReadLines(hostsFile)
                   let words = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
                   where words.Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase)
                   let address = IPAddress.TryParse(words[0], out var parsed) ? parsed : null
                   where address is not null
                   select address];
    }

    private static IReadOnlyList<EndPoint> One(EndPoint? endPoint) => endPoint is null ? [] : [endPoint];
}
