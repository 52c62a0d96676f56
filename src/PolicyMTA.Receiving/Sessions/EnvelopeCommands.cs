using PolicyMTA.Policy;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>MAIL and RCPT.</summary>
internal sealed class EnvelopeCommands(SessionState session, ReceivingServices services)
{
    private static readonly StageDecision ForProbeSender = new() { Actions = [new Verdict.Discard("mail to the sender of address probes")] };
    private bool _refusesSize;
    private int _transactions;

    internal async ValueTask<SmtpReply> MailAsync(SmtpCommand.Mail command, CancellationToken cancellationToken)
    {
        if (session.Limits?.Mail() is { } tooMany) return tooMany;
        await session.MoveAsync(atOnce: false);
        await session.EndNamingAsync();
        var sender = session.Generation.Addresses.Complete(command.Sender);
        var facts = new TransactionFacts { Sender = sender, GivenSender = command.Sender, Mail = command.Parameters, Number = ++_transactions };
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
        var filtered = session.Milters is { } milters ? await milters.MailAsync(new SenderContext(session.Facts, facts), cancellationToken) : StageDecision.Accept;
        if (filtered.Refusal is { } unwelcome)
        {
            session.Policy.EndTransaction();
            return Replies.Of(unwelcome);
        }
        var transaction = session.Begin(facts);
        foreach (var action in decision.Actions.Concat(filtered.Actions)) transaction.Apply(action, services.Log);
        return SmtpReplies.SenderOk;
    }

    internal async ValueTask<SmtpReply> RcptAsync(SmtpCommand.Rcpt command, CancellationToken cancellationToken)
    {
        var transaction = session.Transaction!;
        if (session.Limits?.Rcpt() is { } tooMany) return tooMany;
        if (transaction.Recipients.Count >= session.Service.RecipientLimit)
        {
            transaction.Overshoot++;
            return SmtpReplies.TooManyRecipients;
        }
        if (session.RecipientRefusal is { } early) return early;
        if (await FindAsync(command.Recipient, command.Parameters, cancellationToken) is not { } recipient) return SmtpReplies.TemporaryLookupFailure;
        var decision = await DecideAsync(recipient, transaction.Facts, cancellationToken);
        // For the message, whatever becomes of this recipient.
        foreach (var field in decision.Actions.OfType<Verdict.Prepend>()) transaction.Apply(field, services.Log);
        if (decision.Refusal is { } refusal) return Replies.Of(refusal);
        if (session.Milters is { } milters)
        {
            var filtered = await milters.RecipientAsync(new RecipientContext(session.Facts, transaction.Facts, recipient), cancellationToken);
            if (filtered.Refusal is { } unwelcome) return Replies.Of(unwelcome);
            foreach (var action in filtered.Actions) transaction.Apply(action, services.Log);
        }
        Accept(recipient, decision, transaction);
        return SmtpReplies.RecipientOk;
    }

    /// <summary>VRFY, where it is not disabled: what RCPT would say now, without a sender when there is none (Postfix <c>vrfy_cmd</c>).</summary>
    internal async ValueTask<SmtpReply> VrfyAsync(SmtpCommand.Vrfy command, CancellationToken cancellationToken)
    {
        await session.EndNamingAsync();
        if (await session.Policy.VrfyAsync(new VrfyContext(session.Facts, command.Address), cancellationToken) is { } unwelcome) return Replies.Of(unwelcome);
        if (await FindAsync(command.Address, RecipientParameters.None, cancellationToken) is not { } recipient) return SmtpReplies.TemporaryLookupFailure;
        var decision = await DecideAsync(recipient, session.Transaction?.Facts ?? new TransactionFacts { Sender = Address.Null }, cancellationToken);
        if (session.Transaction is null) session.Policy.EndTransaction();
        return decision.Refusal is { } refusal ? Replies.Of(refusal) : SmtpReplies.Verified(command.Address);
    }

    /// <summary>RSET and what acts like it forgets that a size was refused.</summary>
    internal void Reset() => _refusesSize = false;

    /// <summary>The recipient with its class; null when a table can't say.</summary>
    private async ValueTask<Recipient?> FindAsync(Address given, RecipientParameters parameters, CancellationToken cancellationToken)
    {
        var addresses = session.Generation.Addresses;
        var address = addresses.Complete(given);
        try
        {
            return new Recipient
            {
                Address = address,
                Given = given,
                Parameters = parameters,
                Class = await PluginCall.WithinAsync(addresses.ClassifyAsync(address, cancellationToken), services.Time, cancellationToken),
                Extension = addresses.FindExtension(address),
            };
        }
        catch (TemporaryFailureException failure)
        {
            SmtpSession.Log.LookupFailed(services.Log, session.Facts.Client.ToString(), failure.Message);
            return null;
        }
    }

    // As smtpd(8): whoever probes the sender of our own probes hears no refusal that both sides would remember. What is sent there is nobody's mail.
    private bool IsProbeSender(Recipient recipient) => recipient.Class != AddressClass.Default && session.Generation.IsProbeSender(recipient.Address, services.Time.GetUtcNow());

    /// <summary>RFC 5321 §4.5.1: a postmaster of ours without a domain is taken whatever the lists say, as in Postfix; the message may still be refused.</summary>
    private ValueTask<StageDecision> DecideAsync(Recipient recipient, TransactionFacts facts, CancellationToken cancellationToken)
    {
        if (IsProbeSender(recipient)) return new(ForProbeSender);
        var isPostmaster = recipient is { Given: { Domain: "", Local: var local }, Class: not AddressClass.Default } && local.Equals("postmaster", StringComparison.OrdinalIgnoreCase);
        return isPostmaster ? new(StageDecision.Accept) : session.Policy.RecipientAsync(new RecipientContext(session.Facts, facts, recipient), cancellationToken);
    }

    private void Accept(Recipient recipient, StageDecision decision, MailTransaction transaction)
    {
        var isFirst = transaction.Recipients.Count == 0;
        var own = decision.Actions.Count == 0 ? decision.Actions : [.. decision.Actions.Where(a => a is not Verdict.Prepend)];
        transaction.Accept(new AcceptedRecipient(recipient, decision.RelayGrant, own), services.Queue.NextId);
        if (isFirst) SmtpSession.Log.Accepted(services.Log, transaction.Facts.QueueId!.Value, session);
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
