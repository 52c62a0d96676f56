using System.Net;

namespace PolicyMTA.Delivery.Client;

/// <summary>One address to connect to, and how logs and reports call it. An immutable value.</summary>
/// <param name="HostName">What <c>Remote-MTA</c> and the certificate name; our own name for a unix socket.</param>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="Name">As texts show it: <c>mx.example.net[192.0.2.1]</c>, <c>mx.here[private/dovecot-lmtp]</c>.</param>
/// <param name="Relay">As the log's <c>relay=</c> shows it: <see cref="Name"/>, with the port for TCP.</param>
internal sealed record Destination(string HostName, EndPoint EndPoint, string Name, string Relay)
{
    public static Destination Tcp(string hostName, IPAddress address, int port) =>
        new(hostName, new IPEndPoint(address, port), $"{hostName}[{address}]", $"{hostName}[{address}]:{port}");

    public static Destination Unix(string ourName, string path, string fullPath) =>
        new(ourName, new System.Net.Sockets.UnixDomainSocketEndPoint(fullPath), $"{ourName}[{path}]", $"{ourName}[{path}]");
}
