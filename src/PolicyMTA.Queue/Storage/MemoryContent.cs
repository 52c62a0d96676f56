using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>A content that is in memory: head, then the rest of the body.</summary>
internal sealed class MemoryContent : IMessageContent
{
    private readonly ReadOnlyMemory<byte>[] _segments;

    internal MemoryContent(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        _segments = head.IsEmpty ? [body] : [head, body];
        Length = head.Length + body.Length;
    }

    public long Length { get; }

    public IReadOnlyList<ReadOnlyMemory<byte>> Segments => _segments;

    public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken) => new(new ContentStream(_segments, null));
}
