using System.Text;
using PolicyMTA.Addressing;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>From the final dot to the reply: limits, end_of_data, envelope cleanup, commit. 250 is answered after the commit that holds the message, never before.</summary>
internal sealed class MessageAcceptance(SessionState session, ReceivingServices services)
{
    private readonly MailTransaction _transaction = session.Transaction!;

    private MessageReception Reception => _transaction.Reception!;

    private QueueId Id => _transaction.Facts.QueueId!.Value;

    /// <summary>The replies of LMTP, one for each recipient in their order (RFC 2033 §4.2), when they differ; null when one reply is for all.</summary>
    internal IReadOnlyList<SmtpReply>? Verdicts { get; private set; }

    internal async ValueTask<SmtpReply> DecideAsync(CancellationToken cancellationToken)
    {
        if (Unacceptable() is { } unacceptable) return unacceptable;
        if (await CheckContentAsync(cancellationToken) is { } objection) return objection;
        var message = await ReceivedMessage.OpenAsync(Reception.Content, cancellationToken);
        if (Reception.Headers.NeedsMending) message.Mend();
        if (await CleanAsync(message, cancellationToken) is { } failed) return failed;
        if (await FilterAsync(message, cancellationToken) is { } unwelcome) return unwelcome;
        var decision = await session.Policy.EndOfDataAsync(Context(message), session.IsLmtp, cancellationToken);
        if (decision.Refusal is { } refusal) return Replies.Of(refusal);
        foreach (var action in decision.Actions) _transaction.Apply(action, services.Log);
        foreach (var each in decision.Recipients)
        {
            if (session.IsLmtp && each.Decision.Refusal is { } own) _transaction.Refuse(each.Recipient, own);
            else _transaction.Decide(each.Recipient, each.Decision, services.Log);
        }
        var recipients = _transaction.Recipients;
        if (recipients.FirstOrDefault(r => r.Refusal is not null) is not { Refusal: { } first }) return await QueueAsync(message, cancellationToken);
        var shared = recipients.All(r => r.Refusal is not null) ? Replies.Of(first) : await QueueAsync(message, cancellationToken);
        Verdicts = [.. recipients.Select(r => r.Refusal is { } alone ? Replies.Of(alone) with { Disconnects = false } : shared)];
        return shared;
    }

    private EndOfDataContext Context(ReceivedMessage message) => new(session.Facts, _transaction.Facts, [.. _transaction.Recipients.Select(r => r.Recipient)], message);

    private async ValueTask<SmtpReply?> FilterAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        IReadOnlyList<HeaderField> forged = session.Facts.Client.IsInMyNetworks ? [] : AuthenticationResultsField.FindForged(message, session.Service.AuthservId);
        if (session.Milters is { } milters)
        {
            try
            {
                var checks = MilterHeaderChecks.Of(session.Generation.Cleanup.Checks, message, services.Time, Told);
                var edits = new MilterEdits(_transaction, Reception, message, session.Generation.Addresses, services.Queue.CreateContent, checks);
                if (_transaction.Prepended.Count > 0) _transaction.LendPrepended(message.Section);
                var decision = await milters.EndOfMessageAsync(() => Context(message), edits, cancellationToken);
                if (_transaction.Prepended.Count > 0) _transaction.TakePrependedBack(message.Section);
                if (decision.Refusal is { } refusal) return Replies.Of(refusal);
                foreach (var action in decision.Actions) _transaction.Apply(action, services.Log);
            }
            catch (TemporaryFailureException failure)
            {
                return Failed(failure);
            }
        }
        // Only now: a milter may want to see what others claim (RFC 8601 §5).
        AuthenticationResultsField.Remove(message, forged);
        return null;
    }

    private async ValueTask<SmtpReply?> CheckContentAsync(CancellationToken cancellationToken)
    {
        var settings = session.Generation.Cleanup.Checks;
        if (settings.IsEmpty || !session.Service.Receive.ChecksContent) return null;
        var checker = new ContentChecker(settings, Reception, services.Queue.CreateContent, services.Time, Told);
        try
        {
            await checker.RunAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is TemporaryFailureException or InsufficientStorageException or IOException)
        {
            return Failed(failure);
        }
        _transaction.Findings = checker.Findings;
        return checker.Findings.Refusal is { } refusal ? Replies.Of(refusal) : null;
    }

    private void Told(string action, string place, string text) => SmtpSession.Log.Checked(services.Log, session, action, place, text);

    private async ValueTask<SmtpReply?> CleanAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await PluginCall.WithinAsync(CleanHeadersAsync(message, cancellationToken), services.Time, cancellationToken);
        }
        catch (TemporaryFailureException failure)
        {
            return Failed(failure);
        }
    }

    private async ValueTask<SmtpReply?> CleanHeadersAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        var (cleanup, addresses) = (session.Generation.Cleanup, session.Generation.Addresses);
        var isLocal = await cleanup.LocalClients.ContainsAsync(session.Facts, cancellationToken);
        var rewriting = session.Service.Receive.MapsAddresses ? addresses.Rewriting : addresses.Completing;
        var sender = await rewriting.RewriteAsync(_transaction.Facts.Sender, AddressUse.EnvelopeSender, cancellationToken);
        var origin = new HeaderOrigin(Id, session.Service.HostName, sender, null, services.Time.GetLocalNow());
        await new HeaderCleanup(cleanup, rewriting).RunAsync(message, isLocal, origin, cancellationToken);
        return null;
    }

    private SmtpReply? Unacceptable()
    {
        if (Reception.HasForbiddenNewline) return SmtpReplies.BareNewline(session.Service.HostName, session.Service.BareNewlineRejectCode);
        if (Reception.HasNoteworthyNewline) SmtpSession.Log.BareNewline(services.Log, Id, session.Facts.Client.ToString());
        if (Reception.IsTooLarge) return SmtpReplies.MessageTooBig;
        if (Reception.Failure is { } failure) return Failed(failure);
        if (Reception.Headers.Count > session.Service.HeaderCountLimit) return SmtpReplies.TooManyHeaders;
        if (Reception.Headers.Longest > session.Service.HeaderSizeLimit) return SmtpReplies.HeaderTooBig;
        return Reception.Headers.Hops > session.Service.HopCountLimit ? SmtpReplies.TooManyHops : null;
    }

    private async ValueTask<SmtpReply> QueueAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        var now = services.Time.GetLocalNow();
        try
        {
            var cleanup = new EnvelopeCleanup(session.Generation.Addresses, session.Generation.Cleanup, session.Service.Receive, _transaction, now);
            switch (await PluginCall.WithinAsync(cleanup.RunAsync(cancellationToken), services.Time, cancellationToken))
            {
                case CleanEnvelope.AliasError error:
                    SmtpSession.Log.AliasError(services.Log, Id, error.Reason);
                    return SmtpReplies.AliasLoop;
                case CleanEnvelope.NoRelay none:
                    SmtpSession.Log.NoRelay(services.Log, Id, none.Address);
                    return Replies.RelayDenied(none.Address);
                case CleanEnvelope.Recipients { Items: { Count: > 0 } recipients }:
                    if (session.Milters is { } signers && (await signers.SignAsync(Context(message), cancellationToken)).Refusal is { } unsigned) return Replies.Of(unsigned);
                    await Reception.TakeNewBodyAsync();
                    await services.Queue.CommitAsync(Message(recipients, message, now), CancellationToken.None);
                    break;
                default:
                    SmtpSession.Log.Discarded(services.Log, Id);
                    break;
            }
            return _transaction.HasChunks ? SmtpReplies.ChunkQueued(Reception.Content.Length, Id) : SmtpReplies.Queued(Id);
        }
        catch (Exception failure) when (failure is InsufficientStorageException or TemporaryFailureException)
        {
            return Failed(failure);
        }
    }

    private SmtpReply Failed(Exception failure)
    {
        if (failure is InsufficientStorageException)
        {
            SmtpSession.Log.StorageFull(services.Log, Id, failure.Message);
            return SmtpReplies.NoSpace;
        }
        SmtpSession.Log.QueueFailed(services.Log, Id, failure.Message);
        return SmtpReplies.LocalError;
    }

    /// <summary>A header section is bytes, here one character each.</summary>
    private static string Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>RFC 4954 §5: from clients that did not log in, nobody is believed to have sent it.</summary>
    private MailParameters Believed(MailParameters mail) => mail.Auth is null || session.Facts.Sasl is not null ? mail : mail with { Auth = MailParameters.UnknownAuth };

    private NewMessage Message(IReadOnlyList<QueuedRecipient> recipients, ReceivedMessage message, DateTimeOffset now)
    {
        var head = new StringBuilder(512);
        AuthenticationResultsField.Write(head, _transaction.Facts.Results, session.Service.AuthservId);
        for (var i = _transaction.Prepended.Count - 1; i >= 0; i--) head.Append(_transaction.Prepended[i].Name).Append(':').Append(_transaction.Prepended[i].Value).Append("\r\n");
        var given = _transaction.Recipients.Where(r => r.Refusal is null).Select(r => r.Recipient.Given.ToEnvelope()).Take(2).ToArray();
        head.Append(Bytes(ReceivedField.Format(session.Facts, Id, given, session.Service, now)));
        message.WriteChangedHeaders(head);
        return new NewMessage
        {
            Id = Id,
            Sender = _transaction.Facts.Sender,
            Mail = Believed(_transaction.Facts.Mail),
            Origin = new MessageOrigin
            {
                Kind = OriginKind.Smtp,
                Client = session.Facts.Client.ToString(),
                Helo = session.Facts.Helo?.Name ?? "",
                SaslUser = session.Facts.Sasl?.User,
                Protocol = ReceivedField.Protocol(session.Facts),
                Generation = session.Generation.Hash,
            },
            Recipients = recipients,
            Head = Encoding.Latin1.GetBytes(head.ToString()),
            Content = Reception.Content,
            ContentOffset = message.ReplacedLength,
        };
    }
}
