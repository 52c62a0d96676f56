using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim;

/// <summary>One read of a message.</summary>
internal static class MessagePass
{
    private const int PieceSize = 64 * 1024;

    /// <summary>Takes pieces of a body.</summary>
    internal delegate void Piece(ReadOnlySpan<byte> bytes);

    /// <summary>Verifies all signatures of a message. Where nobody signed, the body is not read.</summary>
    internal static async ValueTask<List<DkimResult>> VerifyAsync(Stream message, DkimRules rules, IDnsResolver dns, TimeProvider time, CancellationToken cancellationToken)
    {
        var (start, header) = await ReadHeaderAsync(message, cancellationToken);
        using var verifier = new DkimVerifier(header, rules, time);
        if (verifier.NeedsBody)
        {
            verifier.WriteBody(start.Span[header.BodyStart..]);
            await ReadAsync(message, verifier.WriteBody, cancellationToken);
        }
        return await verifier.FinishAsync(dns, cancellationToken);
    }

    /// <summary>Reads until the header section is there, and perhaps more.</summary>
    internal static async ValueTask<(ReadOnlyMemory<byte> Start, RawHeader Header)> ReadHeaderAsync(Stream message, CancellationToken cancellationToken)
    {
        var buffer = new byte[8 * 1024];
        var length = 0;
        while (true)
        {
            var count = await message.ReadAtLeastAsync(buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, cancellationToken);
            var from = Math.Max(0, length - 3);
            length += count;
            var isWhole = buffer.AsSpan(from, length - from).IndexOf("\r\n\r\n"u8) >= 0 || length < buffer.Length || length >= RawHeader.LongestSection;
            if (isWhole) return (buffer.AsMemory(0, length), RawHeader.Parse(buffer.AsMemory(0, length)));
            Array.Resize(ref buffer, buffer.Length * 4);
        }
    }

    /// <summary>Hands the rest of a stream over, piece by piece.</summary>
    internal static async ValueTask ReadAsync(Stream stream, Piece take, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer.AsMemory(0, PieceSize), cancellationToken)) > 0) take(buffer.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
