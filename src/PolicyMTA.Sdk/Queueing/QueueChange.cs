namespace PolicyMTA.Sdk;

/// <summary>One change of the queue. An immutable value; a commit holds many. A change of a message or recipient that is gone does nothing.</summary>
public abstract record QueueChange
{
    private QueueChange() { }

    /// <summary>A new message. Its recipients start as they say: due, active under <paramref name="Claim"/> when that is given, or held.</summary>
    /// <param name="Message">The message; <see cref="NewMessage.Recipients"/> say their state and due time.</param>
    /// <param name="Arrived">Now, by the wall clock.</param>
    /// <param name="Entered">Now, by the queue's clock.</param>
    /// <param name="Claim">Given when delivery begins at once.</param>
    public sealed record Added(NewMessage Message, DateTimeOffset Arrived, DateTimeOffset Entered, Claim? Claim) : QueueChange;

    /// <summary>How an attempt ended for recipients of one message. A message whose recipients are all finished is removed wholly.</summary>
    public sealed record Tried(QueueId Id, IReadOnlyList<RecipientResult> Recipients) : QueueChange;

    /// <summary>The sender has been told that these recipients are delayed.</summary>
    public sealed record Warned(QueueId Id, IReadOnlyList<int> Recipients) : QueueChange;

    /// <summary>Claims given up without an attempt: due again.</summary>
    public sealed record Unclaimed(QueueId Id, IReadOnlyList<int> Recipients) : QueueChange;

    /// <summary>Recipients that wait or are active are held; all when <paramref name="Recipients"/> is null.</summary>
    /// <param name="Id">Their message.</param>
    /// <param name="Recipients">Their numbers; null: all.</param>
    /// <param name="Name">The quarantine's name.</param>
    /// <param name="Expires">When the hold ends by itself, by the queue's clock; null: never.</param>
    public sealed record Held(QueueId Id, IReadOnlyList<int>? Recipients, string Name, DateTimeOffset? Expires) : QueueChange;

    /// <summary>Held recipients wait again.</summary>
    public sealed record Released(QueueId Id, IReadOnlyList<int>? Recipients, DateTimeOffset Due) : QueueChange;

    /// <summary>Waiting recipients get another due time.</summary>
    public sealed record DueChanged(QueueId Id, IReadOnlyList<int>? Recipients, DateTimeOffset Due) : QueueChange;

    /// <summary>Recipients are forgotten, whatever their state; the message with the last of them.</summary>
    public sealed record Deleted(QueueId Id, IReadOnlyList<int>? Recipients) : QueueChange;

    /// <summary>The message can't be read: its unfinished recipients are set aside.</summary>
    public sealed record SetAside(QueueId Id, string Reason) : QueueChange;

    /// <summary>All that a node has claimed stays claimed until later: an attempt may last longer than a claim.</summary>
    public sealed record ClaimsRenewed(Claim Claim) : QueueChange;

    /// <summary>
    /// The queue's clock, so that ages go on after a restart, whatever the wall clock does; and the greatest queue id given out, kept or not: after a restart,
    /// and after a crash, <see cref="StoredClock.LastId"/> is no less.
    /// </summary>
    public sealed record ClockSaved(DateTimeOffset QueueTime, DateTimeOffset Wall, QueueId LastId) : QueueChange;
}

/// <summary>How an attempt ended for one recipient. An immutable value.</summary>
public sealed record RecipientResult
{
    /// <summary><see cref="QueuedRecipient.Number"/>.</summary>
    public required int Recipient { get; init; }
    /// <summary><see cref="RecipientState.Delivered"/>, <see cref="RecipientState.Bounced"/> or <see cref="RecipientState.Deferred"/>.</summary>
    public required RecipientState State { get; init; }
    /// <summary>When it is tried next, by the queue's clock; of no meaning once finished.</summary>
    public DateTimeOffset Due { get; init; }
    /// <summary>The destination it was tried at: the key of its next claim.</summary>
    public required string Destination { get; init; }
    /// <summary>Enhanced status of the attempt.</summary>
    public required EnhancedStatus Status { get; init; }
    /// <summary>The sentence for logs and reports.</summary>
    public required string Text { get; init; }
    /// <summary>Its sender has been told of the delay, now or before.</summary>
    public bool DelayReported { get; init; }
    /// <summary>Given with <see cref="RecipientState.Deferred"/>: the route of all further attempts; null: as before.</summary>
    public string? RouteOverride { get; init; }
    /// <summary>Given with <see cref="RecipientState.Deferred"/> when it failed for good and waits for its report only: what it failed of.</summary>
    public RecipientOutcome? Failure { get; init; }
}
