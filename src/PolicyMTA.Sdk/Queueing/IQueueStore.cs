namespace PolicyMTA.Sdk;

/// <summary>Where the queue lives. Chosen at start, lives as long as the process. The scheduler above it alone decides when; the store remembers.</summary>
/// <remarks>
/// Commits come from one caller at a time, everything else from any. What one commit holds is kept wholly or not at all. Ages and due times are the queue's
/// clock (<see cref="QueueChange.ClockSaved"/>), which only goes forward; <see cref="QueuedMessage.Arrived"/> is the wall clock's.
/// A read of what is damaged never throws for its neighbours: a damaged message is set aside in state <see cref="RecipientState.Corrupt"/> and never deleted by the store itself.
/// </remarks>
public interface IQueueStore : IAsyncDisposable
{
    /// <summary>What was remembered when the store was opened.</summary>
    StoredClock Start { get; }

    /// <summary>Takes the bytes of a message to come, in the store's own way.</summary>
    IContentWriter CreateContent();

    /// <summary>Bytes free for new messages. May be a second old.</summary>
    long FreeSpace { get; }

    /// <summary>
    /// Makes a new message's content ready for its commit, syncing what lies outside the transaction. Called before <see cref="QueueChange.Added"/> is committed, by many at once.
    /// </summary>
    /// <exception cref="InsufficientStorageException">There is no room.</exception>
    /// <exception cref="TemporaryFailureException">The store failed.</exception>
    ValueTask PrepareAsync(NewMessage message, CancellationToken cancellationToken);

    /// <summary>Applies the changes in order, in one transaction. Completes when they are on stable storage; on any exception nothing of them was kept.</summary>
    /// <exception cref="InsufficientStorageException">There is no room.</exception>
    /// <exception cref="TemporaryFailureException">The store failed.</exception>
    ValueTask CommitAsync(IReadOnlyList<QueueChange> changes, CancellationToken cancellationToken);

    /// <summary>
    /// Claims recipients of a destination that are due at <paramref name="until"/>, the longest due first, grouped by message. A recipient is claimed by one caller only.
    /// </summary>
    ValueTask<IReadOnlyList<ClaimedMessage>> ClaimAsync(string destination, DateTimeOffset until, int limit, Claim claim, CancellationToken cancellationToken);

    /// <summary>Every destination with waiting recipients, and when its first one is due.</summary>
    ValueTask<IReadOnlyList<DueDestination>> ListDestinationsAsync(CancellationToken cancellationToken);

    /// <summary>When the first waiting recipient of a destination is due; null when none waits.</summary>
    ValueTask<DateTimeOffset?> FindNextDueAsync(string destination, CancellationToken cancellationToken);

    /// <summary>Held recipients whose hold has ended by <paramref name="until"/>.</summary>
    ValueTask<IReadOnlyList<RecipientKey>> ListEndedHoldsAsync(DateTimeOffset until, int limit, CancellationToken cancellationToken);

    /// <summary>The bytes to deliver, checked against the hash kept with them; null when there is no such message.</summary>
    /// <exception cref="CorruptMessageException">They can't be read or are not what was written.</exception>
    ValueTask<IMessageContent?> ReadContentAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>Up to <paramref name="limit"/> messages with ids greater than <paramref name="after"/> (null: from the start), in order of their ids.</summary>
    ValueTask<IReadOnlyList<QueueEntry>> ListAsync(QueueId? after, int limit, CancellationToken cancellationToken);

    /// <summary>One message with its recipients; null when there is none.</summary>
    ValueTask<QueueEntry?> FindAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>Recipients by state.</summary>
    ValueTask<IReadOnlyDictionary<RecipientState, long>> CountAsync(CancellationToken cancellationToken);
}

/// <summary>The queue's clock and last id as the store remembers them. An immutable value.</summary>
/// <param name="QueueTime">The queue's clock when it was last saved; null in a new store.</param>
/// <param name="Wall">The wall clock at that moment.</param>
/// <param name="LastId">No queue id greater than this was ever given out, though none of them need have been kept; null when none was.</param>
public sealed record StoredClock(DateTimeOffset? QueueTime, DateTimeOffset? Wall, QueueId? LastId);

/// <summary>Who works on a recipient, and until when others keep away. An immutable value.</summary>
public sealed record Claim(string Node, DateTimeOffset Expires);

/// <summary>When the first recipient of a destination is due. An immutable value.</summary>
public readonly record struct DueDestination(string Destination, DateTimeOffset Due);

/// <summary>Names a recipient in the queue. An immutable value.</summary>
public readonly record struct RecipientKey(QueueId Id, int Recipient);

/// <summary>A message and those of its recipients that were claimed. An immutable value.</summary>
/// <param name="Message">The message; its content stays in the store until it is read.</param>
/// <param name="Entered">When it entered, by the queue's clock: what its age counts from.</param>
/// <param name="Recipients">The claimed ones; at least one.</param>
/// <param name="OpenRecipients">How many recipients of the message are not finished, the claimed ones among them.</param>
public sealed record ClaimedMessage(QueuedMessage Message, DateTimeOffset Entered, IReadOnlyList<QueuedRecipient> Recipients, int OpenRecipients);

/// <summary>A message can't be read back as it was written.</summary>
public sealed class CorruptMessageException(QueueId id, string reason, Exception? inner = null) : IOException($"{id}: {reason}", inner)
{
    /// <summary>Which one.</summary>
    public QueueId Id { get; } = id;
    /// <summary>What is wrong with it, for a person.</summary>
    public string Reason { get; } = reason;
}
