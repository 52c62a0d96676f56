namespace PolicyMTA.Sdk;

/// <summary>
/// Takes mail that the server itself writes, such as reports. It goes the way of this machine's own mail: <c>non_smtpd_milters</c> (which sign it), the list local_submission,
/// cleanup, queue. What can't be delivered is tried again by the queue. Thread-safe; one message at a time.
/// </summary>
public interface IMailSubmission
{
    /// <summary>True while the server runs; false for <c>policymta check</c>, before the start is complete, and while it stops.</summary>
    bool IsOpen { get; }

    /// <summary>
    /// Puts a message in the queue; when it says so, the message is synced to disk. The token ends the attempt, and nothing is queued then. An exception other than
    /// <see cref="OperationCanceledException"/> leaves open whether the message is queued.
    /// </summary>
    ValueTask<SubmissionOutcome> SubmitAsync(ServerMail mail, CancellationToken cancellationToken);
}

/// <summary>A message that the server writes. An immutable value.</summary>
public sealed record ServerMail
{
    /// <summary>The reverse-path; the null sender where nobody is to be told of a failure.</summary>
    public required Address Sender { get; init; }
    /// <summary>The recipients; at least one.</summary>
    public required IReadOnlyList<Address> Recipients { get; init; }
    /// <summary>Header section and body, lines ended by CRLF. Date and Message-ID are added where they lack.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}

/// <summary>What became of a message that the server wrote. A closed set of immutable values.</summary>
public abstract record SubmissionOutcome
{
    private SubmissionOutcome() { }

    /// <summary>It is in the queue.</summary>
    public sealed record Queued(QueueId Id) : SubmissionOutcome;

    /// <summary>A rule, a milter or a limit is against it, and will be again; nothing is queued.</summary>
    public sealed record Refused(string Reason) : SubmissionOutcome;

    /// <summary>It can't be taken for now; nothing is queued.</summary>
    public sealed record Deferred(string Reason) : SubmissionOutcome;
}
