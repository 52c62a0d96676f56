using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>Head and body of a message as the store has them, not yet checked.</summary>
internal sealed record StoredBytes(QueueId Id, long Skip, long Hash, string? Spool, ReadOnlyMemory<byte> Head, byte[]? Body, long Size)
{
    /// <exception cref="CorruptMessageException">They are not what was written.</exception>
    internal async ValueTask<IMessageContent> CheckAsync(SpoolFolder spool, CancellationToken cancellationToken)
    {
        var hash = new ContentHash();
        if (Spool is null)
        {
            if (Body is null) throw new CorruptMessageException(Id, "its body is missing");
            hash.Append(Body);
            Check(hash, Head.Length + Body.Length - Skip);
            return new MemoryContent(Head, Body.AsMemory((int)Skip));
        }
        var length = await HashFileAsync(spool.PathOf(Spool));
        return new SpooledContent(Id, Head, spool.PathOf(Spool), Skip, Head.Length + length - Skip);

        async ValueTask<long> HashFileAsync(string path)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(ContentStream.BufferSize);
            try
            {
                await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
                var total = 0L;
                for (int count; (count = await file.ReadAsync(buffer, cancellationToken)) > 0; total += count) hash.Append(buffer.AsSpan(0, count));
                Check(hash, Head.Length + total - Skip);
                return total;
            }
            catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException) { throw new CorruptMessageException(Id, "its spool file is missing", failure); }
            finally { ArrayPool<byte>.Shared.Return(buffer); }
        }
    }

    private void Check(ContentHash hash, long size)
    {
        if (size != Size) throw new CorruptMessageException(Id, "its content has another length than was written");
        if (hash.With(Head.Span) != Hash) throw new CorruptMessageException(Id, "its content is not what was written (hash mismatch)");
    }
}
