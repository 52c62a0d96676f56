using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>A recipient that was accepted, with what policies want done for it alone.</summary>
/// <param name="Recipient">As RCPT gave it.</param>
/// <param name="RelayGrant">Why it may be relayed; null for a destination of ours.</param>
/// <param name="Actions">Hold, redirect, filter, discard, bcc: per recipient.</param>
internal sealed record AcceptedRecipient(Recipient Recipient, string? RelayGrant, IReadOnlyList<Verdict> Actions);

/// <summary>From MAIL to the end of data. The session's alone.</summary>
internal sealed class MailTransaction(TransactionFacts facts)
{
    private readonly List<AcceptedRecipient> _recipients = [];
    private readonly List<HeaderField> _prepended = [];

    /// <summary>What is known of it now.</summary>
    internal TransactionFacts Facts { get; private set; } = facts;

    internal IReadOnlyList<AcceptedRecipient> Recipients => _recipients;

    /// <summary>Fields that policies put on top, the first one lowest.</summary>
    internal IReadOnlyList<HeaderField> Prepended => _prepended;

    /// <summary>What policies want done with the whole message.</summary>
    internal List<Verdict> Actions { get; } = [];

    /// <summary>The message while it arrives; null before DATA.</summary>
    internal Messages.MessageReception? Reception { get; set; }

    /// <summary>True once BDAT has begun.</summary>
    internal bool HasChunks { get; set; }

    internal void Accept(AcceptedRecipient recipient, Func<QueueId> nextId)
    {
        if (Facts.QueueId is null) Facts = Facts with { QueueId = nextId() };
        _recipients.Add(recipient);
    }

    internal void Prepend(HeaderField field) => _prepended.Add(field);
}
