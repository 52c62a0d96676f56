using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>Where a service listens: <c>inet:host:port</c>, or <c>unix:path</c>, which begins at the queue directory. Pure.</summary>
internal static class ServicePlace
{
    // sun_path of unix(7), with its end.
    private const int LongestPath = 107;

    /// <exception cref="ConfigurationException">It is no place.</exception>
    internal static EndPoint Parse(string text, string folder)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (kind, rest) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        return kind switch
        {
            "unix" when rest.Length > 0 => Unix(rest, folder),
            "inet" when FindInternet(rest) is { } place => place,
            _ => throw new ConfigurationException($"the policy service '{text}' is neither inet:HOST:PORT nor unix:PATH"),
        };
    }

    private static UnixDomainSocketEndPoint Unix(string text, string folder)
    {
        var path = Path.GetFullPath(text, folder.Length == 0 ? Environment.CurrentDirectory : folder);
        if (Encoding.UTF8.GetByteCount(path) > LongestPath) throw new ConfigurationException($"{path} is too long for a socket: {LongestPath} bytes at most");
        return new UnixDomainSocketEndPoint(path);
    }

    private static EndPoint? FindInternet(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0) return null;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        if (IPAddress.TryParse(host, out var address)) return new IPEndPoint(address, port);
        return Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port) : null;
    }
}
