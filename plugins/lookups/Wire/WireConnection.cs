using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Lookups.Wire;

/// <summary>A connection to a server of tables; one question at a time.</summary>
internal sealed class WireConnection : IDisposable
{
    private readonly NetworkStream _stream;
    private readonly WireReader _reader;

    private WireConnection(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new WireReader(_stream);
    }

    /// <summary>When it was last used, by the clock of its owner.</summary>
    internal long LastUse { get; set; }

    internal static async ValueTask<WireConnection> OpenAsync(EndPoint server, CancellationToken cancellationToken)
    {
        var socket = server is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
            return new WireConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks and reads the reply.</summary>
    /// <exception cref="InvalidDataException">The reply is malformed, or there is more than one.</exception>
    internal async ValueTask<string> AskAsync(byte[] question, IWireExchange exchange, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(question, cancellationToken);
        var reply = await exchange.ReadAsync(_reader, cancellationToken);
        return _reader.HasMore ? throw new InvalidDataException("more than one reply to a question") : reply;
    }

    public void Dispose() => _stream.Dispose();
}
