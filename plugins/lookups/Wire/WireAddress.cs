using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>Reads where a server is, as Postfix writes it behind the table's type.</summary>
internal static class WireAddress
{
    /// <summary><c>inet:host:port:name</c> or <c>unix:/path:name</c>.</summary>
    /// <exception cref="ConfigurationException">It is neither.</exception>
    internal static (EndPoint Server, string Name) ParseSocketmap(TableArguments arguments)
    {
        var text = arguments.Name;
        var colon = text.LastIndexOf(':');
        var (server, name) = colon < 0 ? ("", "") : (text[..colon], text[(colon + 1)..]);
        // A space would end the name on the wire, and what follows would be read as the key.
        if (name.Length == 0 || name.Any(c => c <= ' ')) throw Mistake(arguments, "socketmap:inet:host:port:name or socketmap:unix:/path:name");
        if (server.StartsWith("unix:", StringComparison.Ordinal) && server.Length > "unix:".Length)
        {
            return (new UnixDomainSocketEndPoint(arguments.FullPath(server["unix:".Length..])), name);
        }
        if (server.StartsWith("inet:", StringComparison.Ordinal) && FindInternet(server["inet:".Length..]) is { } internet) return (internet, name);
        throw Mistake(arguments, "socketmap:inet:host:port:name or socketmap:unix:/path:name");
    }

    /// <summary><c>host:port</c>.</summary>
    /// <exception cref="ConfigurationException">It is something else.</exception>
    internal static EndPoint ParseTcp(TableArguments arguments) => FindInternet(arguments.Name) ?? throw Mistake(arguments, "tcp:host:port");

    private static EndPoint? FindInternet(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0) return null;
        var host = text[..colon].TrimStart('[').TrimEnd(']');
        if (!ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0 || host.Length == 0) return null;
        return IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }

    private static ConfigurationException Mistake(TableArguments arguments, string form) => new($"table {arguments}: write {form}");
}
