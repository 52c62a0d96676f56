using System.Net;
using Microsoft.AspNetCore.Connections;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Listening;

/// <summary>What a fresh connection tells of both its ends.</summary>
internal static class ConnectionFacts
{
    internal static SessionFacts Of(ConnectionContext connection, ListenerSettings listener, string id)
    {
        var server = connection.LocalEndPoint as IPEndPoint;
        return new SessionFacts
        {
            Id = id,
            Listener = listener.Name,
            Client = connection.RemoteEndPoint is IPEndPoint client ? Remote(client, listener) : Local(listener),
            Server = new Server(Unmapped(server?.Address ?? IPAddress.Loopback), server?.Port ?? 0, listener.Service.HostName) { DaemonName = listener.Service.DaemonName },
        };
    }

    internal static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static Client Remote(IPEndPoint client, ListenerSettings listener)
    {
        var address = Unmapped(client.Address);
        return new Client { Address = address, Port = client.Port, IsInMyNetworks = listener.Service.MyNetworks.Contains(address) };
    }

    /// <summary>As Postfix shows a client of a unix socket. Unlike there the address earns no trust: whoever may open the file is not the machine itself.</summary>
    private static Client Local(ListenerSettings listener) =>
        new() { Address = IPAddress.Loopback, Name = "localhost", ReverseName = "localhost", IsInMyNetworks = listener.TrustsUnixClients };
}
