using PolicyMTA.Policy;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>MAIL and RCPT.</summary>
internal sealed class EnvelopeCommands(SessionState session, ReceivingServices services)
{
    private bool _refusesSize;

    internal async ValueTask<SmtpReply> MailAsync(SmtpCommand.Mail command, CancellationToken cancellationToken)
    {
        await session.MoveAsync(atOnce: false);
        await session.EndNamingAsync();
        var facts = new TransactionFacts { Sender = command.Sender, Mail = command.Parameters };
        var decision = await session.Policy.SenderAsync(new SenderContext(session.Facts, facts), cancellationToken);
        if (decision.Refusal is { } refusal)
        {
            session.Policy.EndTransaction();
            return Replies.Of(refusal);
        }
        if (SizeRefusal(command.Parameters.Size) is { } tooLarge)
        {
            session.Policy.EndTransaction();
            return tooLarge;
        }
        var transaction = session.Begin(facts);
        foreach (var action in decision.Actions) transaction.Apply(action, services.Log);
        return SmtpReplies.SenderOk;
    }

    internal async ValueTask<SmtpReply> RcptAsync(SmtpCommand.Rcpt command, CancellationToken cancellationToken)
    {
        var transaction = session.Transaction!;
        if (transaction.Recipients.Count >= session.Service.RecipientLimit) return SmtpReplies.TooManyRecipients;
        AddressClass addressClass;
        try
        {
            addressClass = await PluginCall.WithinAsync(session.Generation.Addresses.ClassifyAsync(command.Recipient, cancellationToken), services.Time, cancellationToken);
        }
        catch (TemporaryFailureException failure)
        {
            SmtpSession.Log.LookupFailed(services.Log, session.Facts.Client.ToString(), failure.Message);
            return SmtpReplies.TemporaryLookupFailure;
        }
        var recipient = new Recipient
        {
            Address = command.Recipient,
            Parameters = command.Parameters,
            Class = addressClass,
            Extension = session.Generation.Addresses.FindExtension(command.Recipient),
        };
        var decision = IsPostmaster(recipient)
            ? StageDecision.Accept
            : await session.Policy.RecipientAsync(new RecipientContext(session.Facts, transaction.Facts, recipient), cancellationToken);
        if (decision.Refusal is { } refusal) return Replies.Of(refusal);
        Accept(recipient, decision, transaction);
        return SmtpReplies.RecipientOk;
    }

    /// <summary>RFC 5321 §4.5.1: everybody can write to the postmaster of this host; as in Postfix no list is asked.</summary>
    private static bool IsPostmaster(Recipient recipient) =>
        recipient.Class != AddressClass.Default && recipient.Address.Domain.Length == 0 && recipient.Address.Local.Equals("postmaster", StringComparison.OrdinalIgnoreCase);

    /// <summary>RSET and what acts like it forgets that a size was refused.</summary>
    internal void Reset() => _refusesSize = false;

    private void Accept(Recipient recipient, StageDecision decision, MailTransaction transaction)
    {
        var isFirst = transaction.Recipients.Count == 0;
        var own = decision.Actions.Count == 0 ? decision.Actions : [.. decision.Actions.Where(a => a is not Verdict.Prepend)];
        transaction.Accept(new AcceptedRecipient(recipient, decision.RelayGrant, own), services.Queue.NextId);
        foreach (var field in decision.Actions.OfType<Verdict.Prepend>()) transaction.Apply(field, services.Log);
        if (isFirst) SmtpSession.Log.Accepted(services.Log, transaction.Facts.QueueId!.Value, session.Facts);
    }

    /// <summary>RFC 1870 §6: refused before the data is sent. As in Postfix the refusal sticks until RSET.</summary>
    private SmtpReply? SizeRefusal(long? announced)
    {
        var limit = session.Service.MessageSizeLimit;
        if (limit > 0 && announced > limit) _refusesSize = true;
        if (_refusesSize) return SmtpReplies.SizeExceeded;
        // As Postfix: what a client announces is not counted on, it may announce anything.
        return services.Queue.HasRoomFor(0) ? null : SmtpReplies.NoSpace;
    }
}
