using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>Where Dovecot's auth service listens: <c>inet:host:port</c>, <c>unix:path</c> or a path, which begins at the queue directory.</summary>
internal static class DovecotPlace
{
    // sun_path of unix(7), with its end.
    private const int LongestPath = 107;

    /// <exception cref="ConfigurationException">It is no place.</exception>
    internal static EndPoint Parse(string text, string folder)
    {
        if (text.StartsWith("inet:", StringComparison.Ordinal)) return Inet(text["inet:".Length..]) ?? throw new ConfigurationException($"'{text}' is not inet:HOST:PORT");
        var path = text.StartsWith("unix:", StringComparison.Ordinal) ? text["unix:".Length..] : text;
        if (path.Length == 0) throw new ConfigurationException($"'{text}' names no socket: write a path such as private/auth, or inet:HOST:PORT");
        path = Path.GetFullPath(path, folder.Length == 0 ? Environment.CurrentDirectory : folder);
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath) throw new ConfigurationException($"{path} is too long for a socket: {LongestPath} bytes at most");
        return new UnixDomainSocketEndPoint(path);
    }

    // host:port, [address]:port, or a port of this machine.
    private static EndPoint? Inet(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "localhost" : text[..colon];
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0 || host.Length == 0) return null;
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        return IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }
}
