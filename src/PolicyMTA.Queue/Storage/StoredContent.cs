using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>A content that stays in the store until it is asked for.</summary>
internal sealed class StoredContent(IQueueStore store, QueueId id, long length) : IMessageContent
{
    public long Length => length;

    public IReadOnlyList<ReadOnlyMemory<byte>>? Segments => null;

    public async ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken)
    {
        var content = await store.ReadContentAsync(id, cancellationToken) ?? throw new CorruptMessageException(id, "it is not in the queue");
        return await content.OpenReadAsync(cancellationToken);
    }
}
