using System.Text;
using MimeKit;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>
/// Writes 8-bit parts as quoted-printable or base64 for servers without 8BITMIME (RFC 6152 §3). What is signed or encrypted is left alone, for its
/// signature would break. The message is in memory meanwhile: such servers are few.
/// </summary>
internal static class SevenBitConverter
{
    private const int LongestHeader = 256 * 1024;
    // RFC 5321 §4.5.3.1.6, without the line's end.
    private const int LongestLine = 998;
    private const int PieceSize = 64 * 1024;

    /// <summary>Whether a body has bytes beyond ASCII. The header section does not count: it can't be written otherwise here.</summary>
    public static async ValueTask<bool> IsEightBitAsync(IMessageContent content, CancellationToken cancellationToken)
    {
        if (content.Segments is { } segments && segments.All(segment => Ascii.IsValid(segment.Span))) return false;
        var header = (await HeaderSection.ReadAsync(content, LongestHeader, cancellationToken)).Length;
        await using var stream = await content.OpenReadAsync(cancellationToken);
        var piece = new byte[PieceSize];
        var at = 0L;
        int count;
        while ((count = await stream.ReadAsync(piece, cancellationToken)) > 0)
        {
            var skip = (int)Math.Clamp(header - at, 0, count);
            if (!Ascii.IsValid(piece.AsSpan(skip, count - skip))) return true;
            at += count;
        }
        return false;
    }

    /// <summary>The message in 7 bits; null when it can't be had.</summary>
    public static async ValueTask<IMessageContent?> ConvertAsync(IMessageContent content, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await content.OpenReadAsync(cancellationToken);
            using var message = await MimeMessage.LoadAsync(stream, cancellationToken);
            if (HasEncryptedPart(message)) return null;
            message.Prepare(EncodingConstraint.SevenBit, LongestLine);
            if (!message.Headers.Contains(HeaderId.MimeVersion)) message.MimeVersion = new Version(1, 0);
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            using var written = new MemoryStream();
            await message.WriteToAsync(format, written, cancellationToken);
            var converted = new ConvertedContent(written.GetBuffer().AsMemory(0, (int)written.Length));
            return await IsEightBitAsync(converted, cancellationToken) ? null : converted;
        }
        catch (FormatException)
        {
            return null; // no MIME that anybody could rewrite
        }
    }

    // MimeKit itself leaves what is signed alone, not what is encrypted.
    private static bool HasEncryptedPart(MimeMessage message)
    {
        using var parts = new MimeIterator(message);
        while (parts.MoveNext())
        {
            if (parts.Current is Multipart multipart && multipart.ContentType.IsMimeType("multipart", "encrypted")) return true;
        }
        return false;
    }

    private sealed class ConvertedContent(ReadOnlyMemory<byte> bytes) : IMessageContent
    {
        public long Length => bytes.Length;

        public IReadOnlyList<ReadOnlyMemory<byte>> Segments { get; } = [bytes];

        public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken) => new(new MemoryStream(bytes.ToArray(), writable: false));
    }
}
