namespace PolicyMTA.Sdk;

/// <summary>A message of the queue. An immutable value; its recipients change, it does not.</summary>
public sealed record QueuedMessage
{
    /// <summary>Its queue id.</summary>
    public required QueueId Id { get; init; }
    /// <summary>When it was accepted, by the wall clock.</summary>
    public required DateTimeOffset Arrived { get; init; }
    /// <summary>The reverse-path.</summary>
    public required Address Sender { get; init; }
    /// <summary>The parameters of MAIL: RET, ENVID, BODY, SMTPUTF8, REQUIRETLS.</summary>
    public MailParameters Mail { get; init; } = MailParameters.None;
    /// <summary>Where it came from.</summary>
    public required MessageOrigin Origin { get; init; }
    /// <summary>The bytes to deliver.</summary>
    public required IMessageContent Content { get; init; }
}

/// <summary>Where a message came from, for logs and reports. An immutable value.</summary>
public sealed record MessageOrigin
{
    /// <summary>What made it.</summary>
    public required OriginKind Kind { get; init; }
    /// <summary>The client as <c>name[address]</c>; empty for our own messages.</summary>
    public string Client { get; init; } = "";
    /// <summary>What the client called itself; empty when nothing.</summary>
    public string Helo { get; init; } = "";
    /// <summary>The account that logged in; null when none did.</summary>
    public string? SaslUser { get; init; }
    /// <summary>The protocol as the Received field names it: <c>ESMTPSA</c>.</summary>
    public string Protocol { get; init; } = "";
    /// <summary>The hash of the generation that took it.</summary>
    public string Generation { get; init; } = "";
}

/// <summary>What made a message.</summary>
public enum OriginKind
{
    /// <summary>An SMTP session.</summary>
    Smtp,
    /// <summary>Local submission.</summary>
    Local,
    /// <summary>A delivery status notification of ours: failures of it are never reported.</summary>
    Report,
}

/// <summary>The state of a recipient in the queue.</summary>
public enum RecipientState
{
    /// <summary>Waits for its due time; the first attempt or a later one.</summary>
    Due,
    /// <summary>Claimed by a delivery attempt.</summary>
    Active,
    /// <summary>An attempt failed for now; waits for its due time.</summary>
    Deferred,
    /// <summary>Waits for a person.</summary>
    Held,
    /// <summary>Done.</summary>
    Delivered,
    /// <summary>Failed for good; reported if due.</summary>
    Bounced,
    /// <summary>Its row or content can't be read; set aside for a person.</summary>
    Corrupt,
}

/// <summary>A recipient of a queued message. An immutable value.</summary>
public sealed record QueuedRecipient
{
    /// <summary>Its number within the message, from 0.</summary>
    public required int Number { get; init; }
    /// <summary>Where to deliver.</summary>
    public required Address Address { get; init; }
    /// <summary>What RCPT gave when expansion or a policy changed it; null when <see cref="Address"/> is that.</summary>
    public Address? Original { get; init; }
    /// <summary>True when a transport put it in the place of <see cref="Original"/>, perhaps with others: to expand that again would send to all of them.</summary>
    public bool IsForwarded { get; init; }
    /// <summary>DSN parameters.</summary>
    public RecipientParameters Parameters { get; init; } = RecipientParameters.None;
    /// <summary>An explicit route <c>transport:nexthop</c> a policy gave; null: routed when due.</summary>
    public string? RouteOverride { get; init; }
    /// <summary>Its state.</summary>
    public RecipientState State { get; init; }
    /// <summary>When it is to be tried next.</summary>
    public DateTimeOffset Due { get; init; }
    /// <summary>Attempts made.</summary>
    public int Attempts { get; init; }
    /// <summary>The text of the last outcome; null before the first.</summary>
    public string? LastText { get; init; }
    /// <summary>The enhanced status of the last outcome; null before the first.</summary>
    public EnhancedStatus? LastStatus { get; init; }
    /// <summary>The name of the quarantine when held; null otherwise.</summary>
    public string? HoldName { get; init; }
    /// <summary>When a hold ends by itself; null: never.</summary>
    public DateTimeOffset? HoldExpires { get; init; }
    /// <summary>The key of the destination queue it waits in: <c>transport:nexthop</c> once it was routed, before that <c>@domain</c>.</summary>
    public string Destination { get; init; } = "";
    /// <summary>Its sender has been told of the delay.</summary>
    public bool DelayReported { get; init; }
    /// <summary>What it failed of for good, while only its report is waited for; null otherwise.</summary>
    public RecipientOutcome? Failure { get; init; }
}

/// <summary>The bytes of a message with clean CRLF line ends. May be opened any number of times while its message is queued.</summary>
public interface IMessageContent
{
    /// <summary>Bytes in all.</summary>
    long Length { get; }
    /// <summary>The bytes in order when they are in memory; null when they must be read with <see cref="OpenReadAsync"/>.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>>? Segments { get; }
    /// <summary>A forward-only stream over all bytes; the caller disposes it.</summary>
    /// <exception cref="IOException">The content can't be read; the message is set aside as corrupt.</exception>
    ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken);
}
