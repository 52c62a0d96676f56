namespace PolicyMTA.Sdk;

/// <summary>A message on its way into the queue. An immutable value.</summary>
public sealed record NewMessage
{
    /// <summary>Its queue id, given by the queue.</summary>
    public required QueueId Id { get; init; }
    /// <summary>The reverse-path.</summary>
    public required Address Sender { get; init; }
    /// <summary>The parameters of MAIL.</summary>
    public MailParameters Mail { get; init; } = MailParameters.None;
    /// <summary>Where it came from.</summary>
    public required MessageOrigin Origin { get; init; }
    /// <summary>Its recipients, numbered from 0; at least one.</summary>
    public required IReadOnlyList<QueuedRecipient> Recipients { get; init; }
    /// <summary>Bytes to put before the content: trace fields, and the whole header section when a policy or milter changed it.</summary>
    public ReadOnlyMemory<byte> Head { get; init; }
    /// <summary>The content as received; ownership passes to the queue with the commit.</summary>
    public required IContentWriter Content { get; init; }
    /// <summary>How many bytes of <see cref="Content"/> the head stands for: 0, or the length of the header section.</summary>
    public long ContentOffset { get; init; }
}

/// <summary>
/// Takes the bytes of one message: in memory while it is small, in a spool file beyond. One writer at a time. Disposing it before a commit forgets the bytes.
/// </summary>
public interface IContentWriter : IAsyncDisposable
{
    /// <summary>Bytes written.</summary>
    long Length { get; }
    /// <summary>Appends. Completes synchronously while the content is small.</summary>
    /// <exception cref="InsufficientStorageException">The disk is full.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
    /// <summary>Reads what was written, from the start; the caller disposes the stream before writing on.</summary>
    Stream OpenRead();
    /// <summary>The bytes while they are in memory; null once they are in a file.</summary>
    ReadOnlyMemory<byte>? Memory { get; }
}

/// <summary>There is no room to keep a message: answered 452 4.3.1.</summary>
public sealed class InsufficientStorageException(string message, Exception? inner = null) : Exception(message, inner);
