using System.Net;

namespace PolicyMTA.Sdk;

/// <summary>
/// What a rule says. A closed set of immutable values; there is no other way to influence a session. A verdict never formats its own reply:
/// the core frames the text as Postfix does, keeps code and enhanced status consistent, and logs the cause.
/// </summary>
public abstract record Verdict
{
    private Verdict() { }

    /// <summary>No opinion: the next rule is asked.</summary>
    public static Verdict Dunno { get; } = new DunnoVerdict();
    /// <summary>Ends this list well. It is no leave to relay.</summary>
    public static Verdict Permit { get; } = new PermitVerdict();

    /// <summary>See <see cref="Dunno"/>.</summary>
    public sealed record DunnoVerdict : Verdict;

    /// <summary>See <see cref="Permit"/>.</summary>
    public sealed record PermitVerdict : Verdict;

    /// <summary>
    /// Refuses with a 5yz or 4yz reply and ends the evaluation. The class of <paramref name="Status"/> follows the code.
    /// </summary>
    /// <param name="Code">400 to 599.</param>
    /// <param name="Status">Enhanced status.</param>
    /// <param name="Text">The text behind the frame, without control characters.</param>
    public sealed record Refuse(int Code, EnhancedStatus Status, string Text) : Verdict
    {
        /// <summary>How much of Postfix's frame stands before the text.</summary>
        public ReplyFrame Frame { get; init; } = ReplyFrame.Full;
        /// <summary>What is refused, for the frame.</summary>
        public RefusedItem Item { get; init; } = RefusedItem.OfStage;
        /// <summary>Further lines of the reply, for a refusal that is not framed.</summary>
        public IReadOnlyList<string> Further { get; init; } = [];
        /// <summary>Close the connection after the reply.</summary>
        public bool Disconnects { get; init; }
        /// <summary>The cause for the log when it says more than the text; null when not.</summary>
        public string? Cause { get; init; }
        /// <summary>In delivery, with a 4yz code: how long to wait before the next attempt; null: as the queue does.</summary>
        public TimeSpan? RetryAfter { get; init; }
    }

    /// <summary>Latched: a later permit becomes this 4yz refusal. Only the first of a transaction's recipient counts.</summary>
    public sealed record DeferIfPermit(Refuse Refusal) : Verdict;

    /// <summary>Latched: a later 5yz refusal becomes this 4yz one.</summary>
    public sealed record DeferIfReject(Refuse Refusal) : Verdict;

    /// <summary>Accepts and throws away.</summary>
    public sealed record Discard(string? Reason = null) : Verdict;

    /// <summary>Queues on hold, in the named quarantine.</summary>
    public sealed record Hold(string Reason, string Name = "hold", TimeSpan? Expire = null) : Verdict;

    /// <summary>Sends to another recipient instead.</summary>
    public sealed record Redirect(Address Recipient) : Verdict;

    /// <summary>Adds a blind copy.</summary>
    public sealed record Bcc(Address Recipient) : Verdict;

    /// <summary>Sends through <c>transport:nexthop</c>.</summary>
    public sealed record Filter(string Destination) : Verdict;

    /// <summary>Puts a header field on top of the message.</summary>
    public sealed record Prepend(HeaderField Field) : Verdict;

    /// <summary>Waits, then goes on.</summary>
    public sealed record Delay(TimeSpan Duration) : Verdict;

    /// <summary>Logs and goes on; a warning or a mere note.</summary>
    public sealed record Log(string Text, bool IsWarning) : Verdict;

    /// <summary>
    /// In delivery: where a recipient goes, and how. What is null stays as it would be; of several verdicts the later one wins, field by field.
    /// </summary>
    public sealed record Route : Verdict
    {
        /// <summary>The transport.</summary>
        public string? Transport { get; init; }
        /// <summary>The next hop in the transport's notation.</summary>
        public string? NextHop { get; init; }
        /// <summary>How soon its turn comes.</summary>
        public DeliveryPriority? Priority { get; init; }
        /// <summary>How old the message is when it is first tried.</summary>
        public TimeSpan? NotBefore { get; init; }
        /// <summary>How old the message is when it is given up.</summary>
        public TimeSpan? Expire { get; init; }
        /// <summary>How much TLS the next hop must do.</summary>
        public TlsLevel? Tls { get; init; }
        /// <summary>The address to connect from.</summary>
        public IPAddress? Source { get; init; }
        /// <summary>The name of the pool of addresses to connect from.</summary>
        public string? Pool { get; init; }
    }

    /// <summary>In the result stage: the recipient counts as delivered.</summary>
    public sealed record Deliver(string? Reason = null) : Verdict;

    /// <summary>
    /// Asks restrictions by their names, as an access table or a policy service lists them (access(5), smtpd_restriction_classes): what they say is what this rule says. A name that
    /// nobody knows refuses with <c>451 4.3.5</c>.
    /// </summary>
    /// <param name="Restrictions">Names of restrictions, with their argument behind those that take one, and of classes; separated by commas or white space.</param>
    /// <param name="InsteadOfPermit">What a permit of theirs becomes, where nobody may be let in; null: a permit.</param>
    public sealed record Apply(string Restrictions, Refuse? InsteadOfPermit = null) : Verdict
    {
        /// <summary>What was looked up, for the frame of a refusal that has none of its own.</summary>
        public RefusedItem Item { get; init; } = RefusedItem.OfStage;
    }

    /// <summary>Several in order; the first that ends the list ends it.</summary>
    public sealed record Several(IReadOnlyList<Verdict> Verdicts) : Verdict;
}

/// <summary>How much of Postfix's frame <c>&lt;item&gt;: Class rejected: text</c> a refusal gets.</summary>
public enum ReplyFrame
{
    /// <summary><c>&lt;item&gt;: Recipient address rejected: text</c>.</summary>
    Full,
    /// <summary><c>&lt;item&gt;: text</c>, as in <c>Relay access denied</c>.</summary>
    Item,
    /// <summary>The text alone.</summary>
    None,
}

/// <summary>What a refusal is about, and how its class is named (Postfix <c>smtpd_check.c</c>).</summary>
public enum RefusedItem
{
    /// <summary>The one of the stage whose list holds the rule.</summary>
    OfStage,
    /// <summary><c>Client host</c>.</summary>
    Client,
    /// <summary><c>Unverified Client host</c>.</summary>
    UnverifiedClient,
    /// <summary><c>Client certificate</c>.</summary>
    ClientCertificate,
    /// <summary><c>SASL login name</c>.</summary>
    SaslLogin,
    /// <summary><c>Helo command</c>.</summary>
    Helo,
    /// <summary><c>Sender address</c>.</summary>
    Sender,
    /// <summary><c>Recipient address</c>.</summary>
    Recipient,
    /// <summary><c>Etrn command</c>.</summary>
    Etrn,
    /// <summary><c>Data command</c>.</summary>
    Data,
    /// <summary><c>End-of-data</c>.</summary>
    EndOfData,
}
