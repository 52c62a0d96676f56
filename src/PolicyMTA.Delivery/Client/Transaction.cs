using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client;

/// <summary>
/// One message over an open session: MAIL, RCPT and DATA in one piece where the server pipelines (RFC 2920), then the content in another. Tells the
/// attempt what became of each recipient.
/// </summary>
internal sealed class Transaction(ClientConnection connection, Attempt attempt, Dialect dialect, ClientSettings settings)
{
    // Replies to a group must fit the receive window unread, else both sides wait for each other (RFC 2920 §3.1).
    private const int PipelinedRecipients = 100;
    private static readonly EnhancedStatus Ok = new(2, 0, 0);

    private readonly ClientTimeouts _timeouts = settings.Timeouts;
    private IMessageContent _content = attempt.Request.Message.Content;
    private bool _isDataSent;
    private bool _needsReset;

    /// <summary>What was under way, for the text of a break.</summary>
    public string Step { get; private set; } = "sending MAIL FROM";

    /// <summary>True while a break of a kept connection says nothing about the message: the server had closed it before.</summary>
    public bool IsUntouched { get; private set; } = true;

    /// <summary>True when the server may have taken the message although nobody heard it say so.</summary>
    public bool IsBodySent { get; private set; }

    private QueuedMessage Message => attempt.Request.Message;
    private Destination Destination => connection.Destination;
    private bool Pipelines => connection.Keywords.Pipelining;
    // LMTP's replies are one a recipient behind the last chunk (RFC 2033 §4.3), but its servers are close by: a dot costs nothing there.
    private bool IsChunked => connection.Keywords.Chunking && !dialect.RepliesPerRecipient;

    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        (_content, var obstacle) = await ContentFit.FindAsync(connection, attempt, settings, cancellationToken);
        if (obstacle is not null)
        {
            IsUntouched = false;
            attempt.FailAll(obstacle);
            return;
        }
        var accepted = await SendEnvelopeAsync(attempt.Open());
        if (!connection.IsSpent && accepted.Count > 0 && (IsChunked || await StartDataAsync(accepted))) await SendContentAsync(accepted, cancellationToken);
        if (connection.IsSpent && attempt.HasUnknown)
        {
            // The time ran out, or the server began to stop, just behind a good reply: no read has told so.
            cancellationToken.ThrowIfCancellationRequested();
            attempt.FailUnknown(Failure.Broken(Destination, BrokenBecause.TimedOut, Step));
        }
        try
        {
            if (!connection.IsSpent && accepted.Count == 0 && _isDataSent) await AbandonDataAsync();
            if (!connection.IsSpent && _needsReset) await ResetAsync();
        }
        catch (ConnectionBrokenException)
        {
            // Every recipient has its outcome already; the connection is not kept, and that is all.
        }
    }

    private async ValueTask<List<int>> SendEnvelopeAsync(int[] open)
    {
        var accepted = new List<int>(open.Length);
        EnvelopeCommand.WriteMail(Message.Sender, MailParameters(), connection.Output);
        var isMailTaken = false;
        if (!Pipelines && !(isMailTaken = await HearMailAsync(open))) return accepted;
        var groupSize = Pipelines ? PipelinedRecipients : 1;
        for (var first = 0; first < open.Length; first += groupSize)
        {
            var group = open.AsMemory(first, Math.Min(groupSize, open.Length - first));
            WriteGroup(group.Span, isLast: first + group.Length == open.Length);
            if (Pipelines && first == 0) isMailTaken = await HearMailAsync(open);
            if (connection.IsSpent) return accepted;
            await HearGroupAsync(group, isMailTaken, accepted);
            if (connection.IsSpent) return [];
            if (!isMailTaken) break;
        }
        return accepted;
    }

    private void WriteGroup(ReadOnlySpan<int> group, bool isLast)
    {
        foreach (var index in group)
        {
            var recipient = attempt.Request.Recipients[index];
            EnvelopeCommand.WriteRcpt(recipient.Address, RecipientParameters(recipient), connection.Output);
        }
        if (!Pipelines || !isLast || attempt.IsProbe || IsChunked) return;
        connection.Output.Write("DATA\r\n"u8);
        _isDataSent = true;
    }

    private async ValueTask<bool> HearMailAsync(int[] open)
    {
        Step = "sending MAIL FROM";
        await connection.FlushAsync(_timeouts.Mail);
        var reply = await connection.ReadReplyAsync(_timeouts.Mail);
        if (reply.Code / 100 == 2)
        {
            IsUntouched = false;
            return true;
        }
        // 4xx to the first command of a kept connection is its server's way to say that it had given up waiting, or wants no more messages over it.
        if (reply.Code / 100 == 4 && connection.IsReused) throw new ConnectionBrokenException(BrokenBecause.Lost);
        IsUntouched = false;
        Refuse(open, reply, "MAIL FROM");
        return false;
    }

    private async ValueTask HearGroupAsync(ReadOnlyMemory<int> group, bool isMailTaken, List<int> accepted)
    {
        Step = "sending RCPT TO";
        await connection.FlushAsync(_timeouts.Recipient);
        for (var i = 0; i < group.Length; i++)
        {
            var reply = await connection.ReadReplyAsync(_timeouts.Recipient);
            var index = group.Span[i];
            if (reply.Code == 421)
            {
                Refuse(attempt.Open(), reply, "RCPT TO");
                return;
            }
            if (!isMailTaken) continue;
            if (reply.Code / 100 == 2 && attempt.IsProbe) Answer(index, reply);
            else if (reply.Code / 100 == 2) accepted.Add(index);
            else Refuse([index], reply, "RCPT TO");
        }
    }

    // A probe knows all that it came for; RSET ends its transaction.
    private void Answer(int index, RemoteReply reply)
    {
        attempt.Settle(index, Delivered(attempt.Request.Recipients[index].Number, reply));
        _needsReset = true;
    }

    private async ValueTask<bool> StartDataAsync(List<int> accepted)
    {
        Step = "sending DATA command";
        if (!_isDataSent)
        {
            connection.Output.Write("DATA\r\n"u8);
            await connection.FlushAsync(_timeouts.DataStart);
        }
        var reply = await connection.ReadReplyAsync(_timeouts.DataStart);
        if (reply.Code == 354) return true;
        Refuse(accepted, reply, "DATA");
        return false;
    }

    private async ValueTask SendContentAsync(List<int> accepted, CancellationToken cancellationToken)
    {
        Step = "sending message body";
        using var sender = new ContentSender(connection, IsChunked, settings);
        await sender.SendAsync(_content, cancellationToken);
        if (sender.Refusal is null)
        {
            Step = "sending end of data -- message may be sent more than once";
            IsBodySent = true;
            await sender.FinishAsync();
        }
        await HearVerdictsAsync(accepted, sender);
    }

    private async ValueTask HearVerdictsAsync(List<int> accepted, ContentSender sender)
    {
        if (sender.Refusal is { } refusal)
        {
            // The chunks behind it, the last among them, are refused too (RFC 3030 §2).
            if (IsBodySent && refusal.Code != 421) await connection.ReadReplyAsync(_timeouts.DataDone);
            Refuse(accepted, refusal, "BDAT");
            return;
        }
        RemoteReply? reply = null;
        for (var i = 0; i < accepted.Count; i++)
        {
            if (reply is null || dialect.RepliesPerRecipient) reply = await connection.ReadReplyAsync(_timeouts.DataDone);
            if (reply.Code / 100 == 2) attempt.Settle(accepted[i], Delivered(attempt.Request.Recipients[accepted[i]].Number, reply));
            else Refuse([accepted[i]], reply, "end of DATA");
            if (reply.Code != 421 || !dialect.RepliesPerRecipient) continue;
            Refuse(accepted.GetRange(i, accepted.Count - i), reply, "end of DATA");
            return;
        }
        _needsReset = false; // the end of the content ends the transaction, whatever the verdict
    }

    // RFC 2920 §3.1: a server may answer 354 to a pipelined DATA although it refused every recipient; then an empty message ends it.
    private async ValueTask AbandonDataAsync()
    {
        var reply = await connection.ReadReplyAsync(_timeouts.DataStart);
        if (reply.Code != 354) return;
        if (dialect.RepliesPerRecipient)
        {
            connection.IsSpent = true; // nobody can tell how many replies would come
            return;
        }
        connection.Output.Write(".\r\n"u8);
        await connection.FlushAsync(_timeouts.DataDone);
        await connection.ReadReplyAsync(_timeouts.DataDone);
    }

    private async ValueTask ResetAsync()
    {
        connection.Output.Write("RSET\r\n"u8);
        await connection.FlushAsync(_timeouts.Reset);
        var reply = await connection.ReadReplyAsync(_timeouts.Reset);
        connection.IsSpent |= reply.Code / 100 != 2;
    }

    private void Refuse(IReadOnlyList<int> indexes, RemoteReply reply, string command)
    {
        _needsReset = true;
        connection.IsSpent |= reply.Code is 421 or < 400; // a 2xx or 3xx out of place means that the dialogue is out of step
        attempt.Fail(indexes, Failure.Said(Destination, reply, command));
    }

    private RecipientOutcome Delivered(int number, RemoteReply reply)
    {
        var text = reply.ToString();
        return new RecipientOutcome
        {
            Recipient = number,
            Action = DeliveryAction.Delivered,
            Status = reply.Status is { Class: 2 } status ? status : Ok,
            Text = text,
            RemoteReply = text,
            RemoteHost = Destination.HostName,
            Relay = Destination.Relay,
            ReportsPassedOn = connection.Keywords.Dsn,
        };
    }

    private MailParameters MailParameters()
    {
        var (mail, keywords) = (Message.Mail, connection.Keywords);
        return new MailParameters
        {
            Size = keywords.HasSize && !attempt.IsProbe ? _content.Length : null,
            Body = keywords.EightBitMime && mail.Body is BodyType.EightBitMime ? BodyType.EightBitMime : BodyType.Unspecified,
            SmtpUtf8 = keywords.SmtpUtf8 && mail.SmtpUtf8,
            RequireTls = keywords.RequireTls && mail.RequireTls,
            Ret = keywords.Dsn ? mail.Ret : Ret.Unspecified,
            EnvelopeId = keywords.Dsn ? mail.EnvelopeId : null,
        };
    }

    // RFC 3461 §5.2.1: the request goes on, with the address as it was before anyone here changed it.
    private RecipientParameters RecipientParameters(QueuedRecipient recipient)
    {
        if (!connection.Keywords.Dsn) return Sdk.RecipientParameters.None;
        if (recipient.Parameters.OriginalRecipient is not null) return recipient.Parameters;
        var address = (recipient.Original ?? recipient.Address).ToString();
        return System.Text.Ascii.IsValid(address) ? recipient.Parameters with { OriginalRecipient = $"rfc822;{address}" } : recipient.Parameters;
    }
}
