using Microsoft.Extensions.Logging;
using PolicyMTA.Policy;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>A recipient that was accepted, with what policies want done for it alone.</summary>
/// <param name="Recipient">As RCPT gave it.</param>
/// <param name="RelayGrant">Why it may be relayed; null for a destination of ours.</param>
/// <param name="Actions">Hold, redirect, filter, discard, bcc: per recipient.</param>
internal sealed record AcceptedRecipient(Recipient Recipient, string? RelayGrant, IReadOnlyList<Verdict> Actions)
{
    /// <summary>Why it alone was refused at the end of data, where each recipient gets its own reply; null while it is taken.</summary>
    public Refusal? Refusal { get; init; }
}

/// <summary>From MAIL to the end of data. The session's alone.</summary>
internal sealed class MailTransaction(TransactionFacts facts)
{
    /// <summary>The quarantine of recipients that were refused when their message could not be.</summary>
    internal const string RejectedHold = "rejected";

    private readonly List<AcceptedRecipient> _recipients = [];
    private readonly List<HeaderField> _prepended = [];

    /// <summary>What is known of it now.</summary>
    internal TransactionFacts Facts { get; set; } = facts;

    /// <summary>What header and body checks want done with the message.</summary>
    internal ContentFindings Findings { get; set; } = ContentFindings.None;

    internal IReadOnlyList<AcceptedRecipient> Recipients => _recipients;

    /// <summary>Fields that policies put on top, the first one lowest.</summary>
    internal IReadOnlyList<HeaderField> Prepended => _prepended;

    /// <summary>What policies want done with the whole message.</summary>
    internal List<Verdict> Actions { get; } = [];

    /// <summary>Recipients that milters added.</summary>
    internal List<(Address Address, RecipientParameters Parameters)> Added { get; } = [];

    /// <summary>Recipients refused because there were enough.</summary>
    internal int Overshoot { get; set; }

    /// <summary>The message while it arrives; null before DATA.</summary>
    internal MessageReception? Reception { get; set; }

    /// <summary>True once the message is decided on: the transaction ends with its reply.</summary>
    internal bool IsFinished { get; set; }

    /// <summary>True once BDAT has begun.</summary>
    internal bool HasChunks { get; set; }

    internal void Accept(AcceptedRecipient recipient, Func<QueueId> nextId)
    {
        _recipients.Add(recipient);
        Facts = Facts with { QueueId = Facts.QueueId ?? nextId(), AcceptedRecipients = _recipients.Count };
    }

    /// <summary>
    /// What end_of_data decided for one recipient alone. A refusal can't be answered any more, since one reply covers all: its recipient is held, for a person
    /// to decide (<c>per_recipient_reject = hold</c>).
    /// </summary>
    internal void Decide(Recipient recipient, StageDecision decision, ILogger log)
    {
        foreach (var field in decision.Actions.OfType<Verdict.Prepend>()) Apply(field, log);
        var at = _recipients.FindIndex(r => ReferenceEquals(r.Recipient, recipient));
        if (at < 0) return;
        IReadOnlyList<Verdict> more = decision.Refusal is { } refusal ? [new Verdict.Hold(refusal.Text, RejectedHold)] : decision.Actions;
        _recipients[at] = _recipients[at] with { Actions = [.. _recipients[at].Actions, .. more] };
    }

    /// <summary>Refuses one recipient alone: it hears so itself (LMTP).</summary>
    internal void Refuse(Recipient recipient, Refusal refusal)
    {
        var at = _recipients.FindIndex(r => ReferenceEquals(r.Recipient, recipient));
        if (at >= 0) _recipients[at] = _recipients[at] with { Refusal = refusal };
    }

    /// <summary>Forgets a recipient, as a milter asked.</summary>
    internal void Remove(Address recipient)
    {
        Added.RemoveAll(added => added.Address == recipient);
        for (var i = 0; i < _recipients.Count; i++)
        {
            if (_recipients[i].Recipient.Address == recipient) _recipients[i] = _recipients[i] with { Actions = [.. _recipients[i].Actions, new Verdict.Discard("removed by a milter")] };
        }
    }

    /// <summary>Keeps a field for the top; false when it is none, so that no rule can break a header section.</summary>
    internal bool TryPrepend(HeaderField field)
    {
        try
        {
            _prepended.Add(HeaderSection.Field(field.Name, field.Value));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Milters see the fields for the top in the message, as they will stand there.</summary>
    internal void LendPrepended(HeaderSection section)
    {
        if (!section.IsWhole) return;
        foreach (var field in _prepended) section.PutOnTop(field);
    }

    /// <summary>Those that milters left as they were stand on top again, above our own Received field (RFC 7208 §9.1); what they changed stays where it is.</summary>
    internal void TakePrependedBack(HeaderSection section)
    {
        if (section.IsWhole) _prepended.RemoveAll(field => !section.Take(field));
    }

    /// <summary>Keeps what policies want done with the whole message.</summary>
    internal void Apply(Verdict action, ILogger log)
    {
        if (action is not Verdict.Prepend prepend) Actions.Add(action);
        else if (!TryPrepend(prepend.Field)) SmtpSession.Log.NotPrepended(log, Facts.QueueId?.Value ?? "NOQUEUE", prepend.Field.Name);
    }
}
