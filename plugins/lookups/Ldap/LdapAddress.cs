using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>Where a server is, read from <c>server_host</c>: a name, <c>name:port</c>, or a URL <c>ldap://</c>, <c>ldaps://</c>, <c>ldapi://</c>.</summary>
/// <param name="Name">As it was written, for the log.</param>
/// <param name="EndPoint">What is connected to.</param>
/// <param name="Host">The name its certificate must bear.</param>
/// <param name="IsTls">True when TLS comes first.</param>
internal sealed record LdapAddress(string Name, EndPoint EndPoint, string Host, bool IsTls)
{
    private const int SecurePort = 636;
    private const string DefaultSocket = "/var/run/slapd/ldapi";

    /// <exception cref="ConfigurationException">It names no server.</exception>
    internal static LdapAddress Parse(string text, int port)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return Internet(text, text, port, false);
        var server = text[(scheme + 3)..].TrimEnd('/');
        if (server.AsSpan().IndexOfAny("/?") >= 0) throw new ConfigurationException($"'{text}': only the server is named here; base and filter have keys of their own");
        switch (text[..scheme].ToUpperInvariant())
        {
            case "LDAP": return Internet(text, server, port, false);
            case "LDAPS": return Internet(text, server, SecurePort, true);
            case "LDAPI":
                var path = server.Length > 0 ? Uri.UnescapeDataString(server) : DefaultSocket;
                if (!Path.IsPathRooted(path)) throw new ConfigurationException($"'{text}': write the socket's path with %2F for /");
                return new LdapAddress(text, new UnixDomainSocketEndPoint(path), "localhost", false);
            default: throw new ConfigurationException($"'{text}' begins with none of ldap:// ldaps:// ldapi://");
        }
    }

    private static LdapAddress Internet(string text, string server, int port, bool isTls)
    {
        var host = server;
        // [2001:db8::1]:389, name:389; an address with several colons and no brackets has no port.
        var colon = server.LastIndexOf(':');
        if (colon > 0 && (server[colon - 1] == ']' || server.IndexOf(':', StringComparison.Ordinal) == colon))
        {
            if (!ushort.TryParse(server[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var given) || given == 0) throw new ConfigurationException($"'{text}' has no port behind the colon");
            (host, port) = (server[..colon], given);
        }
        host = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        if (host.Length == 0) host = "localhost";
        if (IPAddress.TryParse(host, out var address)) return new LdapAddress(text, new IPEndPoint(address, port), host, isTls);
        if (host.AsSpan().IndexOfAny("[]:") >= 0) throw new ConfigurationException($"'{text}' is no server");
        return new LdapAddress(text, new DnsEndPoint(host, port), host, isTls);
    }
}
