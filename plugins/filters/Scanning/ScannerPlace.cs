using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Filters.Scanning;

/// <summary>Where a scanner listens: <c>host:port</c> or <c>unix:/path</c>.</summary>
internal static class ScannerPlace
{
    // sun_path of unix(7), without its closing zero.
    private const int LongestPath = 107;

    internal const string Forms = "HOST:PORT or unix:/PATH";

    /// <summary>Reads it; false when it is no place.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out EndPoint? place)
    {
        place = text.StartsWith("unix:", StringComparison.Ordinal) ? FindUnix(text["unix:".Length..]) : FindInternet(text);
        return place is not null;
    }

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">Nobody answers.</exception>
    internal static async ValueTask<Stream> ConnectAsync(EndPoint place, CancellationToken cancellationToken)
    {
        var socket = place is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static UnixDomainSocketEndPoint? FindUnix(string path) =>
        path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(path) <= LongestPath ? new UnixDomainSocketEndPoint(path) : null;

    private static EndPoint? FindInternet(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0) return null;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) return IPAddress.TryParse(host[1..^1], out var address) ? new IPEndPoint(address, port) : null;
        if (IPAddress.TryParse(host, out var plain)) return plain.AddressFamily == AddressFamily.InterNetwork ? new IPEndPoint(plain, port) : null;
        return Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port) : null;
    }
}
