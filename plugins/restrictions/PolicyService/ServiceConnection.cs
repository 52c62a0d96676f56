using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>A connection to a service; one question at a time.</summary>
internal sealed class ServiceConnection : IDisposable
{
    private readonly Socket _socket;
    private byte[] _buffer = new byte[1024];

    private ServiceConnection(Socket socket, long now) => (_socket, OpenedAt, LastUse) = (socket, now, now);

    /// <summary>When it was opened, by the clock of its owner.</summary>
    internal long OpenedAt { get; }

    /// <summary>When it was last used.</summary>
    internal long LastUse { get; set; }

    /// <summary>Questions it has carried.</summary>
    internal int Requests { get; private set; }

    /// <summary>True when the service has closed it, or said what nobody asked for: what follows could be taken for another question's answer.</summary>
    internal bool IsStale => _socket.Poll(0, SelectMode.SelectRead);

    /// <exception cref="SocketException">Nobody answers.</exception>
    internal static async ValueTask<ServiceConnection> OpenAsync(EndPoint place, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = place is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place, cancellationToken);
            return new ServiceConnection(socket, time.GetTimestamp());
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks and reads the action.</summary>
    /// <exception cref="IOException">The service closed the connection.</exception>
    /// <exception cref="InvalidDataException">The answer is malformed, too long, or there is more than one.</exception>
    internal async ValueTask<string> AskAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        Requests++;
        for (var sent = 0; sent < question.Length;) sent += await _socket.SendAsync(question[sent..], cancellationToken);
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length) Array.Resize(ref _buffer, length * 2);
            var count = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
            if (count == 0) throw new IOException("the connection was closed");
            length += count;
            if (PolicyReply.FindEnd(_buffer.AsSpan(0, length)) is { } end)
            {
                if (end != length) throw new InvalidDataException("more than one answer to a question");
                return end <= PolicyReply.Longest ? PolicyReply.ReadAction(_buffer.AsSpan(0, end)) : throw TooLong;
            }
            if (length >= PolicyReply.Longest) throw TooLong;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static InvalidDataException TooLong => new($"an answer of more than {PolicyReply.Longest} bytes");
}
