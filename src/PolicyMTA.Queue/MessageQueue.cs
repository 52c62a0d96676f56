using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>
/// The door into the queue: gives out ids and content writers, commits messages in groups (every waiting message and outcome in one transaction; the next
/// one starts when the last sync ends), and hands what was committed to the scheduler while it is still in memory. Thread-safe.
/// </summary>
public sealed class MessageQueue : IAsyncDisposable
{
    /// <summary>Opens the queue in <see cref="QueueSettings.Folder"/>, made when it is not there.</summary>
    /// <exception cref="ConfigurationException">The folder can't be used, another process has it open, or its schema is newer than this program.</exception>
    public static ValueTask<MessageQueue> OpenAsync(QueueSettings settings, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What delivers.</summary>
    public Scheduler Scheduler => throw new NotImplementedException();

    /// <summary>What people do to it.</summary>
    public QueueAdministration Administration => throw new NotImplementedException();

    /// <summary>Puts other settings in force; folder and node stay what they were.</summary>
    public void Apply(QueueSettings settings) => throw new NotImplementedException();

    /// <summary>A new queue id, greater than all before.</summary>
    public QueueId NextId() => throw new NotImplementedException();

    /// <summary>Takes the bytes of a message to come.</summary>
    public IContentWriter CreateContent() => throw new NotImplementedException();

    /// <summary>False when <c>queue_minfree</c> leaves no room for a message of that size (452 4.3.1); 0 when the size is unknown.</summary>
    public bool HasRoomFor(long size) => throw new NotImplementedException();

    /// <summary>Completes when the message is on stable storage: only then may 250 be sent. The token is looked at before the commit begins, not after.</summary>
    /// <exception cref="InsufficientStorageException">There is no room; nothing was kept.</exception>
    /// <exception cref="TemporaryFailureException">The store failed; nothing was kept.</exception>
    public ValueTask CommitAsync(NewMessage message, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
