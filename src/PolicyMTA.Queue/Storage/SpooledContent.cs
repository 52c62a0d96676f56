using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>A content whose head is in memory and whose body is a spool file.</summary>
internal sealed class SpooledContent(QueueId id, ReadOnlyMemory<byte> head, string path, long skip, long length) : IMessageContent
{
    public long Length => length;

    public IReadOnlyList<ReadOnlyMemory<byte>>? Segments => null;

    public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, ContentStream.BufferSize, useAsync: false);
            file.Position = skip;
            return new(new ContentStream([head], file));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CorruptMessageException(id, "its spool file is missing", failure);
        }
    }
}
