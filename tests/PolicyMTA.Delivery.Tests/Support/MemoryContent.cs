using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>A message in memory; its segments hidden when it plays one on disk.</summary>
internal sealed class MemoryContent(byte[] bytes, bool isOnDisk = false, int splitAt = 0) : IMessageContent
{
    public long Length => bytes.Length;

    public IReadOnlyList<ReadOnlyMemory<byte>>? Segments => isOnDisk ? null : [bytes.AsMemory(0, splitAt), bytes.AsMemory(splitAt)];

    public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken) => new(new MemoryStream(bytes));

    public static MemoryContent Of(string text) => new(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")));
}
