using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Scanning;

/// <summary>A message as it goes to a scanner: its header section as it now is, perhaps with fields on top, and its body in pieces. The body is never in memory whole.</summary>
internal sealed class ScannedMessage
{
    internal const int PieceSize = 64 * 1024;

    private readonly IMessage _message;
    private readonly byte[] _head;

    private ScannedMessage(IMessage message, byte[] head, long length) => (_message, _head, Length) = (message, head, length);

    /// <summary>All its bytes.</summary>
    internal long Length { get; }

    /// <summary>The bytes of its header section.</summary>
    internal int HeadLength => _head.Length;

    /// <summary>Learns how long it is.</summary>
    /// <param name="message">The message.</param>
    /// <param name="top">Whole fields with their line ends, which only the scanner sees.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async ValueTask<ScannedMessage> OfAsync(IMessage message, string top, CancellationToken cancellationToken)
    {
        var head = new StringBuilder(top);
        foreach (var field in message.Headers) head.Append(field.Name).Append(':').Append(field.Value).Append("\r\n");
        // A header section is bytes, one character each.
        var bytes = Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
        return new ScannedMessage(message, bytes, bytes.Length + await BodyLengthAsync(message, cancellationToken));
    }

    /// <summary>Hands it over, piece by piece, until that says it is enough.</summary>
    internal async ValueTask WriteAsync(Func<ReadOnlyMemory<byte>, ValueTask<bool>> take, CancellationToken cancellationToken)
    {
        for (var rest = _head.AsMemory(); !rest.IsEmpty; rest = rest[Math.Min(PieceSize, rest.Length)..])
        {
            if (!await take(rest[..Math.Min(PieceSize, rest.Length)])) return;
        }
        await ReadBodyAsync(_message, take, cancellationToken);
    }

    /// <summary>Writes it.</summary>
    internal ValueTask WriteAsync(Stream stream, CancellationToken cancellationToken) => WriteAsync(async piece =>
    {
        await stream.WriteAsync(piece, cancellationToken);
        return true;
    }, cancellationToken);

    // What can't say its length is in memory: to count it costs little.
    private static async ValueTask<long> BodyLengthAsync(IMessage message, CancellationToken cancellationToken)
    {
        await using (var body = message.OpenBody())
        {
            if (body.CanSeek) return body.Length - body.Position;
        }
        var length = 0L;
        await ReadBodyAsync(message, piece =>
        {
            length += piece.Length;
            return new(true);
        }, cancellationToken);
        return length;
    }

    private static async ValueTask ReadBodyAsync(IMessage message, Func<ReadOnlyMemory<byte>, ValueTask<bool>> take, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            await using var body = message.OpenBody();
            int count;
            while ((count = await body.ReadAsync(buffer.AsMemory(0, PieceSize), cancellationToken)) > 0)
            {
                if (!await take(buffer.AsMemory(0, count))) return;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
