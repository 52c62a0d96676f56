using PolicyMTA.Receiving.Messages;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>DATA and BDAT: the message comes in. What to do with it once it is whole is <see cref="MessageAcceptance"/>'s.</summary>
internal sealed class DataCommands(SessionState session, SmtpConnection connection, ReceivingServices services)
{
    private bool _isDiscarding;
    private int _recipients;
    private IReadOnlyList<SmtpReply>? _verdicts;

    /// <summary>RSET and what acts like it: chunks to come are of a new message.</summary>
    internal void Reset() => (_isDiscarding, _recipients) = (false, 0);

    /// <summary>What is said at the end of a message: in LMTP one reply for each accepted recipient (RFC 2033 §4.2), whatever it is.</summary>
    internal IReadOnlyList<SmtpReply> Verdicts(SmtpReply reply)
    {
        var (own, count) = (_verdicts, session.Transaction?.Recipients.Count ?? _recipients);
        (_verdicts, _recipients) = (null, 0);
        if (!session.IsLmtp || reply.Disconnects) return [reply];
        return own ?? [.. Enumerable.Repeat(reply, Math.Max(1, count))];
    }

    /// <summary>DATA: 354, or why not.</summary>
    internal async ValueTask<SmtpReply> BeginAsync(CancellationToken cancellationToken)
    {
        var transaction = session.Transaction!;
        if (await CheckAsync(transaction, cancellationToken) is { } refused) return refused;
        transaction.Reception = Receive();
        return SmtpReplies.StartData;
    }

    /// <summary>Everything between 354 and the final dot; null when the client went away.</summary>
    internal async ValueTask<SmtpReply?> ReceiveAsync(CancellationToken cancellationToken)
    {
        var reception = session.Transaction!.Reception!;
        connection.BeginRequest(session.Service);
        while (true)
        {
            var (ended, consumed) = await reception.TakeDataAsync(connection.Unread);
            connection.Consume(consumed);
            if (ended) break;
            var outcome = await connection.ReadMoreAsync(session.Service.Timeout);
            if (outcome == ReadOutcome.Closed) return null;
            if (outcome == ReadOutcome.TimedOut) return SmtpReplies.Timeout(session.Service.HostName);
        }
        return await EndAsync(cancellationToken);
    }

    /// <summary>One BDAT with its chunk, which is read even when it is refused (RFC 3030 §2); null when the client went away.</summary>
    /// <param name="command">The command.</param>
    /// <param name="objection">Why it may not come now; null when it may.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    internal async ValueTask<SmtpReply?> ChunkAsync(SmtpCommand.Bdat command, SmtpReply? objection, CancellationToken cancellationToken)
    {
        if (objection is { Disconnects: true }) return objection;
        if (session.Transaction is { } open) _recipients = open.Recipients.Count;
        var refused = objection ?? await BeginChunkAsync(cancellationToken);
        var reception = refused is null ? session.Transaction!.Reception : null;
        var left = command.Size;
        while (left > 0)
        {
            var piece = connection.Unread;
            if (piece.IsEmpty)
            {
                var outcome = await connection.ReadMoreAsync(session.Service.Timeout);
                if (outcome == ReadOutcome.Closed) return null;
                if (outcome == ReadOutcome.TimedOut) return SmtpReplies.Timeout(session.Service.HostName);
                continue;
            }
            if (piece.Length > left) piece = piece.Slice(0, left);
            left -= piece.Length;
            if (reception is not null) await reception.TakeChunkAsync(piece);
            connection.Consume(piece.End);
        }
        if (objection is not null) return objection;
        if (refused is not null) return Refuse(refused, command);
        if (reception!.IsTooLarge)
        {
            await session.EndTransactionAsync();
            return Refuse(SmtpReplies.ChunkTooBig, command);
        }
        if (!command.IsLast) return SmtpReplies.ChunkOk(command.Size);
        await reception.FinishAsync();
        return await EndAsync(cancellationToken);
    }

    /// <summary>What follows a refused chunk belongs to the message that was refused with it (Postfix <c>smtpd.c</c>).</summary>
    private SmtpReply Refuse(SmtpReply reply, SmtpCommand.Bdat command)
    {
        var isFurther = _isDiscarding;
        _isDiscarding = !command.IsLast;
        return isFurther ? SmtpReplies.ChunkDiscarded(command.Size) : reply;
    }

    private async ValueTask<SmtpReply?> BeginChunkAsync(CancellationToken cancellationToken)
    {
        if (_isDiscarding) return SmtpReplies.NeedRcpt;
        if (session.Transaction is not { } transaction) return SmtpReplies.NeedRcpt;
        if (transaction.HasChunks) return null;
        if (transaction.Recipients.Count == 0)
        {
            await session.EndTransactionAsync();
            return SmtpReplies.NoValidRecipients;
        }
        if (await CheckAsync(transaction, cancellationToken) is { } refused)
        {
            await session.EndTransactionAsync();
            return refused;
        }
        transaction.HasChunks = true;
        transaction.Reception = Receive();
        return null;
    }

    private async ValueTask<SmtpReply?> CheckAsync(MailTransaction transaction, CancellationToken cancellationToken)
    {
        var context = new DataContext(session.Facts, transaction.Facts, [.. transaction.Recipients.Select(r => r.Recipient)]);
        var decision = await session.Policy.DataAsync(context, cancellationToken);
        if (decision.Refusal is { } refusal) return Replies.Of(refusal);
        foreach (var action in decision.Actions) transaction.Apply(action, services.Log);
        if (session.Milters is not { } milters) return null;
        var filtered = await milters.DataAsync(context, cancellationToken);
        foreach (var action in filtered.Actions) transaction.Apply(action, services.Log);
        return filtered.Refusal is { } unwelcome ? Replies.Of(unwelcome) : null;
    }

    private MessageReception Receive() => new(services.Queue.CreateContent(), session.BareNewline, session.Service.MessageSizeLimit);

    private async ValueTask<SmtpReply> EndAsync(CancellationToken cancellationToken)
    {
        session.Transaction!.IsFinished = true;
        var acceptance = new MessageAcceptance(session, services);
        var reply = await acceptance.DecideAsync(cancellationToken);
        _verdicts = acceptance.Verdicts;
        return reply;
    }
}
