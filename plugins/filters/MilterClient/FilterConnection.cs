using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>A connection to a filter. What it need not answer at once waits, and goes with the next packet. Not thread-safe.</summary>
internal sealed class FilterConnection(Stream stream) : IAsyncDisposable
{
    private const int FlushSize = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _out = new();
    private readonly byte[] _length = new byte[Frame.LengthSize];

    /// <exception cref="SocketException">Nobody answers.</exception>
    internal static async ValueTask<FilterConnection> OpenAsync(EndPoint place, CancellationToken cancellationToken)
    {
        var socket = place is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place, cancellationToken);
            return new FilterConnection(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal async ValueTask SendAsync(char letter, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var head = _out.GetSpan(Frame.LengthSize + 1);
        BinaryPrimitives.WriteInt32BigEndian(head, content.Length + 1);
        head[Frame.LengthSize] = (byte)letter;
        _out.Advance(Frame.LengthSize + 1);
        _out.Write(content.Span);
        if (_out.WrittenCount >= FlushSize) await FlushAsync(cancellationToken);
    }

    internal async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_out.WrittenCount == 0) return;
        await stream.WriteAsync(_out.WrittenMemory, cancellationToken);
        _out.ResetWrittenCount();
    }

    /// <exception cref="EndOfStreamException">The filter closed the connection.</exception>
    /// <exception cref="InvalidDataException">It speaks another protocol.</exception>
    internal async ValueTask<Frame> ReadAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        await stream.ReadExactlyAsync(_length, cancellationToken);
        var length = BinaryPrimitives.ReadUInt32BigEndian(_length);
        if (length is 0 or > Frame.LongestContent + 1) throw new InvalidDataException($"its packet says it has {length} bytes");
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return new Frame((char)bytes[0], bytes.AsMemory(1));
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
