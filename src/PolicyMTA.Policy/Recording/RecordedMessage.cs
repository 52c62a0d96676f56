using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>A message at one moment. An immutable value.</summary>
/// <param name="Size">Its size.</param>
/// <param name="Headers">Its header section, with the changes of milters.</param>
/// <param name="Body">What follows the header section; null when it was too large or not wanted.</param>
internal sealed record RecordedMessage(long Size, IReadOnlyList<HeaderField> Headers, byte[]? Body)
{
    public static RecordedMessage Take(IMessage message, long longestBody) => new(message.Size, [.. message.Headers], Read(message, longestBody));

    public PlayedMessage Open() => new(this);

    private static byte[]? Read(IMessage message, long longest)
    {
        if (longest <= 0 || message.Size > longest) return null;
        using var body = message.OpenBody();
        using var copy = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            // A body that milters replaced may be of another size.
            for (int read; (read = body.Read(buffer)) > 0; copy.Write(buffer, 0, read))
            {
                if (copy.Length + read > longest) return null;
            }
            return copy.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
