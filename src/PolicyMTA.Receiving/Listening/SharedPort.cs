using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Receiving.Listening;

/// <summary>
/// Lets one of our own sockets be bound over another that is about to be closed, as 0.0.0.0:25 over 127.0.0.1:25. Linux allows it while both have SO_REUSEPORT
/// and one owner (socket(7)); it is set only for the moment, since later it would let a second server share the port unnoticed.
/// </summary>
internal static class SharedPort
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int ReusePort = 15; // SO_REUSEPORT

    /// <summary>True when both are of one port and one of them may hold the other's addresses.</summary>
    internal static bool Overlap(EndPoint bound, EndPoint wanted) =>
        bound is IPEndPoint b && wanted is IPEndPoint w && b.Port == w.Port && w.Port != 0 && (IsAny(b.Address) || IsAny(w.Address) || b.Address.Equals(w.Address));

    /// <summary>Room for one bind; null when nothing is in the way. Disposing it takes the permission back, from the sockets that were made in it too.</summary>
    internal static Room? MakeRoom(IReadOnlyList<Socket> inTheWay)
    {
        if (inTheWay.Count == 0 || !OperatingSystem.IsLinux()) return null;
        var room = new Room();
        foreach (var socket in inTheWay) room.Admit(socket);
        return room;
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    internal sealed class Room : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        /// <summary>Marks a socket: an old one, or a new one before it is bound.</summary>
        internal void Admit(Socket socket)
        {
            _sockets.Add(socket);
            Mark(socket, true);
        }

        public void Dispose()
        {
            foreach (var socket in _sockets.Where(s => !s.SafeHandle.IsClosed)) Mark(socket, false);
        }

        private static void Mark(Socket socket, bool isShared) => socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(isShared ? 1 : 0));
    }
}
