using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>Where a milter listens: <c>inet:host:port</c>, <c>inet6:host:port</c> or <c>unix:path</c>, which begins at the queue directory.</summary>
internal static class FilterPlace
{
    // sun_path of unix(7), with its end.
    private const int LongestPath = 107;

    /// <exception cref="ConfigurationException">It is no place.</exception>
    internal static EndPoint Parse(string text, string folder)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (kind, rest) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        if (kind != "unix") return Inet(kind, rest) ?? throw new ConfigurationException($"the milter '{text}' is not {kind}:HOST:PORT");
        if (rest.Length == 0) throw new ConfigurationException($"the milter '{text}' names no socket: write unix:/run/opendkim.sock");
        var path = Path.GetFullPath(rest, folder.Length == 0 ? Environment.CurrentDirectory : folder);
        if (Encoding.UTF8.GetByteCount(path) > LongestPath) throw new ConfigurationException($"{path} is too long for a socket: {LongestPath} bytes at most");
        return new UnixDomainSocketEndPoint(path);
    }

    private static EndPoint? Inet(string kind, string text)
    {
        var family = kind == "inet6" ? AddressFamily.InterNetworkV6 : AddressFamily.Unspecified;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0) return null;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        if (!IPAddress.TryParse(host, out var address)) return Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port, family) : null;
        return kind == "inet6" && address.AddressFamily != AddressFamily.InterNetworkV6 ? null : new IPEndPoint(address, port);
    }
}
