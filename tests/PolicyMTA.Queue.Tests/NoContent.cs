using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>For tests that look at no content.</summary>
internal sealed class NoContent : IMessageContent
{
    public long Length => 0;
    public IReadOnlyList<ReadOnlyMemory<byte>>? Segments => null;
    public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken) => new(Stream.Null);
}
