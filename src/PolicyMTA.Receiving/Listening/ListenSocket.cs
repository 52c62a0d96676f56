using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Receiving.Listening;

/// <summary>Makes the socket of an address.</summary>
internal static class ListenSocket
{
    /// <exception cref="SocketException">The system refuses.</exception>
    internal static Socket Bind(EndPoint endPoint, SharedPort.Room? room)
    {
        var socket = endPoint switch
        {
            IPEndPoint ip => new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp),
            _ => new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified),
        };
        try
        {
            // [::] is every address of both families, [::]-only another address: see OnlyIpv6EndPoint.
            if (endPoint is IPEndPoint any && any.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = endPoint is not OnlyIpv6EndPoint;
            room?.Admit(socket);
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
