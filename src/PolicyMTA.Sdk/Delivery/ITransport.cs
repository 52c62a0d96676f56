namespace PolicyMTA.Sdk;

/// <summary>A way out of the queue.</summary>
/// <remarks>
/// Called for many deliveries at once. Answers with exactly one outcome per recipient of the request, whatever happens to the connection; an exception
/// counts as a deferral of them all. Observe the token: it ends when the server drains. After a crash the same recipient may be tried once more, so a
/// transport that stores should name what it writes after queue id and recipient.
/// </remarks>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Tries to deliver one message to recipients of one next hop.</summary>
    ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, CancellationToken cancellationToken);
}

/// <summary>One delivery attempt. An immutable value; the content may be read until the call ends.</summary>
/// <param name="Message">The message.</param>
/// <param name="Recipients">Its recipients for this next hop; at least one.</param>
/// <param name="NextHop">The next hop as the route gave it: <c>example.net</c>, <c>[host]:port</c>, <c>unix:path</c>; empty: the recipient's domain.</param>
public sealed record DeliveryRequest(QueuedMessage Message, IReadOnlyList<QueuedRecipient> Recipients, string NextHop);

/// <summary>How an attempt ended for a recipient.</summary>
public enum DeliveryAction
{
    /// <summary>Done, or handed to the next hop.</summary>
    Delivered,
    /// <summary>Try again later.</summary>
    Deferred,
    /// <summary>Never: report and forget.</summary>
    Failed,
}

/// <summary>How an attempt ended for one recipient. An immutable value.</summary>
public sealed record RecipientOutcome
{
    /// <summary><see cref="QueuedRecipient.Number"/>.</summary>
    public required int Recipient { get; init; }
    /// <summary>What happened.</summary>
    public required DeliveryAction Action { get; init; }
    /// <summary>Enhanced status; its class agrees with <see cref="Action"/>.</summary>
    public required EnhancedStatus Status { get; init; }
    /// <summary>The full sentence for log and report, as <c>host mx.example.net[192.0.2.1] said: 550 5.1.1 … (in reply to RCPT TO command)</c>.</summary>
    public required string Text { get; init; }
    /// <summary>The next hop's reply as it stood on the wire, lines joined by a space; null when it said nothing.</summary>
    public string? RemoteReply { get; init; }
    /// <summary>The name of the next hop that answered; null when none did.</summary>
    public string? RemoteHost { get; init; }
    /// <summary>What the log shows as <c>relay=</c>: <c>mx.example.net[192.0.2.1]:25</c>, <c>none</c>.</summary>
    public string Relay { get; init; } = "none";
    /// <summary>True when the next hop took over the duty to report (RFC 3461 §5.2.2).</summary>
    public bool ReportsPassedOn { get; init; }
    /// <summary>True for delivery into a mailbox, false when the message was handed on: a success report says delivered or relayed.</summary>
    public bool IsFinal { get; init; }
    /// <summary>True when the recipient was replaced by others: a success report says expanded (RFC 3461 §5.2.7).</summary>
    public bool IsExpanded { get; init; }
    /// <summary>
    /// Messages that go on in this recipient's place, as those of an alias; only with <see cref="DeliveryAction.Delivered"/>. The queue commits them together with the
    /// outcome: after a crash there is either the recipient or its successors, never both and never neither.
    /// </summary>
    public IReadOnlyList<NewMessage> Successors { get; init; } = [];
    /// <summary>With <see cref="DeliveryAction.Deferred"/>: how long to wait before the next attempt; null: as the queue does.</summary>
    public TimeSpan? RetryAfter { get; init; }
    /// <summary>With <see cref="DeliveryAction.Deferred"/>: the recipient waits for a person; null: for its next attempt.</summary>
    public Verdict.Hold? Hold { get; init; }
    /// <summary>With <see cref="DeliveryAction.Deferred"/>: <c>transport:nexthop</c> of all further attempts; null: as before.</summary>
    public string? Reroute { get; init; }
    /// <summary>The TLS version the next hop spoke, as <see cref="Tls.Version"/>; null in plain text, and where no connection was made.</summary>
    public string? TlsVersion { get; init; }
}
