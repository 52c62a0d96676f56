using System.Buffers;
using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client;

/// <summary>Sends the content of one message: behind DATA with its final dot, or in chunks (BDAT, RFC 3030) where the server takes them.</summary>
internal sealed class ContentSender(ClientConnection connection, bool isChunked, ClientSettings settings) : IDisposable
{
    private const int PieceSize = 64 * 1024;
    private const int ChunkSize = 4 * PieceSize;
    // The replies must fit the receive window unread, else both sides wait for each other (RFC 2920 §3.1); and a refusal is heard before too much was sent for nothing.
    private const int UnheardChunks = 8;

    private readonly OutgoingContent _lines = new(isDotted: !isChunked, settings.LineLengthLimit);
    private readonly OutputBuffer? _chunk = isChunked ? new OutputBuffer() : null;
    private int _unheard;

    /// <summary>What the server said to a chunk that it did not take: the rest was not sent.</summary>
    public RemoteReply? Refusal { get; private set; }

    private OutputBuffer Target => _chunk ?? connection.Output;

    /// <summary>Sends all but the end. A small message stays in the buffer, to leave with its end in one piece.</summary>
    public async ValueTask SendAsync(IMessageContent content, CancellationToken cancellationToken)
    {
        if (content.Segments is not { } segments)
        {
            await SendFileAsync(content, cancellationToken);
            return;
        }
        foreach (var segment in segments) await WriteAsync(segment);
    }

    /// <summary>Sends the end: the final dot, or the last chunk. The next reply is the verdict.</summary>
    public async ValueTask FinishAsync()
    {
        _lines.Finish(Target);
        await FlushAsync(isLast: true);
        await HearChunksAsync(but: 1);
    }

    public void Dispose() => _chunk?.Release();

    private async ValueTask SendFileAsync(IMessageContent content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            await using var stream = await content.OpenReadAsync(cancellationToken);
            int count;
            while (Refusal is null && (count = await stream.ReadAsync(buffer.AsMemory(0, PieceSize), cancellationToken)) > 0) await WriteAsync(buffer.AsMemory(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0 && Refusal is null)
        {
            var piece = bytes[..Math.Min(PieceSize, bytes.Length)];
            _lines.Write(piece.Span, Target);
            bytes = bytes[piece.Length..];
            if (Target.Length > (isChunked ? ChunkSize - PieceSize : PieceSize - 1)) await FlushAsync(isLast: false);
        }
    }

    private async ValueTask FlushAsync(bool isLast)
    {
        if (_chunk is not null)
        {
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"BDAT {_chunk.Length}{(isLast ? " LAST" : "")}\r\n"), connection.Output);
            connection.Output.Write(_chunk.Written.Span);
            _chunk.Clear();
            _unheard++;
        }
        await connection.FlushAsync(settings.Timeouts.DataTransfer);
        if (!isLast && (_unheard >= UnheardChunks || !connection.Keywords.Pipelining)) await HearChunksAsync(but: 0);
    }

    private async ValueTask HearChunksAsync(int but)
    {
        for (; _unheard > but; _unheard--)
        {
            var reply = await connection.ReadReplyAsync(settings.Timeouts.DataDone);
            if (reply.Code / 100 != 2) Refusal ??= reply;
            if (reply.Code == 421) return;
        }
    }
}
