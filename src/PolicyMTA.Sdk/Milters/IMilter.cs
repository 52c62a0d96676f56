namespace PolicyMTA.Sdk;

/// <summary>A filter that follows a whole session and may change the message. One is made per listed milter and generation.</summary>
/// <remarks>Called by many sessions at once; what belongs to a session lives in its <see cref="IMilterSession"/>.</remarks>
public interface IMilter : IAsyncDisposable
{
    /// <summary>Its name in logs.</summary>
    string Name { get; }

    /// <summary>Starts to follow a session; null when it has no interest. The session disposes what it got.</summary>
    ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken);
}

/// <summary>
/// A milter's view of one session: called step by step, never two at a time. Every step may refuse; the default goes on. An exception or a timeout
/// gives the milter's configured default action.
/// </summary>
public interface IMilterSession : IAsyncDisposable
{
    /// <summary>HELO or EHLO.</summary>
    ValueTask<Verdict> HeloAsync(HeloContext context, CancellationToken cancellationToken) => new(Verdict.Dunno);
    /// <summary>MAIL.</summary>
    ValueTask<Verdict> MailAsync(SenderContext context, CancellationToken cancellationToken) => new(Verdict.Dunno);
    /// <summary>RCPT, after the recipient list permitted it.</summary>
    ValueTask<Verdict> RecipientAsync(RecipientContext context, CancellationToken cancellationToken) => new(Verdict.Dunno);
    /// <summary>DATA or the first BDAT.</summary>
    ValueTask<Verdict> DataAsync(DataContext context, CancellationToken cancellationToken) => new(Verdict.Dunno);
    /// <summary>The whole message is here; header changes are made through the context's message, all others through <paramref name="edits"/>.</summary>
    ValueTask<Verdict> EndOfMessageAsync(EndOfDataContext context, IMilterEdits edits, CancellationToken cancellationToken) => new(Verdict.Dunno);
    /// <summary>
    /// The message is decided on and as it will be queued: what is added on top of its header section now (a signature) stays there. Called after every milter's <see cref="EndOfMessageAsync"/>
    /// and the end_of_data list, in the listed order. Nothing else may change any more.
    /// </summary>
    ValueTask SignAsync(EndOfDataContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    /// <summary>The transaction ended without a message.</summary>
    ValueTask AbortAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>What a milter may change at end of message besides header fields.</summary>
public interface IMilterEdits
{
    /// <summary>Replaces the reverse-path; of the parameters, when there are any, RET and ENVID.</summary>
    void ChangeSender(Address sender, MailParameters? parameters = null);
    /// <summary>Adds a recipient; it needs a destination of ours or the transaction's relay grant.</summary>
    void AddRecipient(Address recipient, RecipientParameters? parameters = null);
    /// <summary>Removes a recipient; nothing happens when there is none of that address.</summary>
    void RemoveRecipient(Address recipient);
    /// <summary>Writes the body anew: the first piece takes the place of everything behind the header section and its empty line, further ones follow it. An empty piece makes an empty body.
    /// It counts once the milter has answered: a half-written body is forgotten with the milter that failed.</summary>
    /// <exception cref="InsufficientStorageException">The disk is full.</exception>
    ValueTask ReplaceBodyAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken);
    /// <summary>Queues the message on hold.</summary>
    void Quarantine(string reason);
    /// <summary>The milter still works: its time begins anew, a few times.</summary>
    void Progress();
}
