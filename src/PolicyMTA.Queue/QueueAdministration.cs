using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>What people do to the queue. Thread-safe; every change is durable when its task completes, and says how many messages it touched.</summary>
public sealed class QueueAdministration
{
    /// <summary>Messages with at least one matching recipient, with those recipients, by age; read in pages, so that a long list holds up nobody.</summary>
    public IAsyncEnumerable<QueueEntry> ListAsync(QueueFilter filter, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>One message with all its recipients; null when there is none.</summary>
    public ValueTask<QueueEntry?> FindAsync(QueueId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The bytes of a message; null when there is none.</summary>
    /// <exception cref="CorruptMessageException">They can't be read.</exception>
    public ValueTask<IMessageContent?> ReadContentAsync(QueueId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Recipients by state.</summary>
    public ValueTask<IReadOnlyDictionary<RecipientState, long>> CountAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Holds waiting recipients: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> HoldAsync(QueueId? id, QueueFilter filter, string name, TimeSpan? expires, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Lets held recipients go: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> ReleaseAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Forgets recipients without a report: of one message, or of all that match when <paramref name="id"/> is null.</summary>
    public ValueTask<int> DeleteAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Tries waiting recipients now: of one message, or of all that match when <paramref name="id"/> is null. Dead destinations get another chance.</summary>
    public ValueTask<int> FlushAsync(QueueId? id, QueueFilter filter, CancellationToken cancellationToken) => throw new NotImplementedException();
}
