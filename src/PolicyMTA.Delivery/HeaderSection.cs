using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>The header section of a message: everything up to the empty line.</summary>
internal static class HeaderSection
{
    private const int Step = 16 * 1024;

    /// <summary>Its bytes, the CRLF of its last field included; cut at the limit.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(IMessageContent content, int limit, CancellationToken cancellationToken)
    {
        await using var stream = await content.OpenReadAsync(cancellationToken);
        var bytes = new byte[Math.Min(Step, limit)];
        var length = 0;
        while (length < limit)
        {
            if (length == bytes.Length) Array.Resize(ref bytes, Math.Min(length * 2, limit));
            var count = await stream.ReadAsync(bytes.AsMemory(length), cancellationToken);
            if (count == 0) break;
            var from = Math.Max(0, length - 3);
            length += count;
            if (bytes.AsSpan(0, length).StartsWith("\r\n"u8)) return default;
            var end = bytes.AsSpan(from, length - from).IndexOf("\r\n\r\n"u8);
            if (end >= 0) return bytes.AsMemory(0, from + end + 2);
        }
        return bytes.AsMemory(0, length);
    }
}
