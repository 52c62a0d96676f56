using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Addressing;
using PolicyMTA.Policy;
using PolicyMTA.Queue;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Receiving.Milters;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Submission;

/// <summary>What became of a submitted message. A closed set of immutable values.</summary>
internal abstract record LocalOutcome
{
    private LocalOutcome() { }

    /// <summary>It is in the queue, and waits there for <see cref="Maildrop"/> to let it go.</summary>
    internal sealed record Queued : LocalOutcome;

    /// <summary>It is in the queue, held, to be returned to its sender; or, when it is not one to return, nowhere.</summary>
    internal sealed record Refused(EnhancedStatus Status, string Text) : LocalOutcome;

    /// <summary>A rule discarded it.</summary>
    internal sealed record Discarded : LocalOutcome;

    /// <summary>It can't be taken for now.</summary>
    internal sealed record Deferred(string Reason) : LocalOutcome;
}

/// <summary>
/// Takes one submitted message: the local_submission list, header and envelope cleanup, commit. Whoever may submit may write to anybody: that is the
/// transaction's grant, and <c>authorized_submit_users</c> says who it is.
/// </summary>
internal sealed partial class LocalAcceptance(ReceivingGeneration generation, MessageQueue queue, ILocalMail mail, QueueId id, TimeProvider time, ILogger log)
{
    /// <summary>The name of the hold that a refused message waits in until it is returned.</summary>
    private const string RefusedHold = "refused";

    private static readonly SessionFacts Here = new()
    {
        Id = "local", Listener = "pickup", Server = new Server(IPAddress.Loopback, 0, "localhost"),
        Client = new Client { Address = IPAddress.Loopback, Name = "localhost", ReverseName = "localhost", IsInMyNetworks = true },
    };

    private LocalSubmissionSettings Settings => generation.Submission;

    private ReceiveOptions Receive => mail.IsOfUser ? Settings.Receive : Settings.Receive with { ContentFilter = null };

    private AddressRewriting Rewriting => Receive.MapsAddresses ? generation.Addresses.Rewriting : generation.Addresses.Completing;

    /// <exception cref="InvalidDataException">It can never be taken.</exception>
    internal async ValueTask<LocalOutcome> TakeAsync(CancellationToken cancellationToken)
    {
        await using var reception = new MessageReception(queue.CreateContent(), BareNewline.Normalize, Settings.MessageSizeLimit);
        await mail.CopyToAsync(reception, cancellationToken);
        if (reception.IsTooLarge) throw new InvalidDataException($"it is larger than message_size_limit ({Settings.MessageSizeLimit} bytes)");
        if (reception.Failure is { } failure) return new LocalOutcome.Deferred(failure.Message);
        try
        {
            return await DecideAsync(reception, cancellationToken);
        }
        catch (Exception trouble) when (trouble is TemporaryFailureException or InsufficientStorageException)
        {
            return new LocalOutcome.Deferred(trouble.Message);
        }
    }

    private async ValueTask<LocalOutcome> DecideAsync(MessageReception reception, CancellationToken cancellationToken)
    {
        var now = time.GetLocalNow();
        var findings = await CheckContentAsync(reception, cancellationToken);
        var message = await ReceivedMessage.OpenAsync(reception.Content, cancellationToken);
        if (reception.Headers.NeedsMending) message.Mend();
        var transaction = await BeginAsync(message, cancellationToken);
        transaction.Findings = findings;
        Log.PickedUp(log, id, mail.User.Id, transaction.Facts.Sender.ToString());
        await using var milters = Settings.Milters.Milters.Count == 0 ? null : new MilterChain(Settings.Milters, time, log);
        var refusal = reception.Headers.Hops > Settings.HopCountLimit ? new Refusal(554, new EnhancedStatus(5, 4, 6), "too many hops") : findings.Refusal;
        if (milters is not null) refusal ??= await FilterAsync(milters, transaction, reception, message, cancellationToken);
        refusal ??= await AskAsync(transaction, message, cancellationToken);
        if (refusal is { Code: < 500 }) return new LocalOutcome.Deferred(refusal.Text);
        if (refusal is not null && !mail.IsReturned) return new LocalOutcome.Refused(refusal.Status, refusal.Text);
        try { await CompleteAsync(message, transaction.Facts.Sender, now, cancellationToken); }
        catch (ArgumentException tooLarge) { throw new InvalidDataException(tooLarge.Message, tooLarge); }
        switch (await new EnvelopeCleanup(generation.Addresses, generation.Cleanup, Receive, transaction, now).RunAsync(cancellationToken))
        {
            case CleanEnvelope.AliasError error:
                return new LocalOutcome.Deferred(error.Reason);
            case CleanEnvelope.Recipients { Items: { Count: > 0 } recipients }:
                if (milters is not null && refusal is null && (await milters.SignAsync(Context(transaction, message), cancellationToken)).Refusal is { } unsigned) return new LocalOutcome.Deferred(unsigned.Text);
                await reception.TakeNewBodyAsync();
                await queue.CommitAsync(Message(transaction, recipients, message, reception, now, isRefused: refusal is not null), CancellationToken.None);
                return refusal is null ? new LocalOutcome.Queued() : new LocalOutcome.Refused(refusal.Status, refusal.Text);
            default:
                return new LocalOutcome.Discarded();
        }
    }

    private async ValueTask<ContentFindings> CheckContentAsync(MessageReception reception, CancellationToken cancellationToken)
    {
        if (!Receive.ChecksContent) return new ContentFindings();
        var checker = new ContentChecker(generation.Cleanup.Checks, reception, queue.CreateContent, time, Told);
        await checker.RunAsync(cancellationToken);
        return checker.Findings;
    }

    private void Told(string action, string place, string text) => Log.Checked(log, id, action, place, text.Length > 0 ? ": " + text : "");

    // Fields that nobody else shall see go; addresses are completed, and fields that lack are added.
    private async ValueTask CompleteAsync(ReceivedMessage message, Address sender, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var name in Settings.DroppedHeaders) message.RemoveHeader(name);
        var from = await Rewriting.RewriteAsync(sender, AddressUse.EnvelopeSender, cancellationToken);
        await new HeaderCleanup(generation.Cleanup, Rewriting).RunAsync(message, isLocal: true, new HeaderOrigin(id, Settings.HostName, from, mail.Envelope.FullName, now), cancellationToken);
    }

    private async ValueTask<MailTransaction> BeginAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        var envelope = mail.Envelope;
        var addresses = generation.Addresses;
        var sender = envelope.Sender.Length == 0 ? Address.Null : addresses.Complete(Address.FromInternal(envelope.Sender));
        var isUtf8 = envelope.Recipients.Append(envelope.Sender).Any(address => !Ascii.IsValid(address)) || message.Headers.Any(field => !Ascii.IsValid(field.Value));
        var transaction = new MailTransaction(new TransactionFacts
        {
            Sender = sender, QueueId = id, Mail = MailParameters.None with { Ret = envelope.Ret, EnvelopeId = envelope.EnvelopeId, Body = envelope.Body, SmtpUtf8 = isUtf8 },
        });
        foreach (var text in envelope.Recipients)
        {
            var given = Address.FromInternal(text);
            var address = addresses.Complete(given);
            var recipient = new Recipient
            {
                Address = address, Given = given, Parameters = RecipientParameters.None with { Notify = envelope.IsVerification ? Notify.Success | Notify.Failure : envelope.Notify },
                Class = await addresses.ClassifyAsync(address, cancellationToken), Extension = addresses.FindExtension(address),
            };
            transaction.Accept(new AcceptedRecipient(recipient, $"submitted by user {mail.User.Name}", []), queue.NextId);
        }
        return transaction;
    }

    private LocalSubmissionContext Context(MailTransaction transaction, ReceivedMessage message) =>
        new(Here with { Id = id.Value }, transaction.Facts, [.. transaction.Recipients.Select(r => r.Recipient)], message, mail.User);

    // A session that nobody had: as Postfix's cleanup plays it to its milters.
    private async ValueTask<Refusal?> FilterAsync(MilterChain milters, MailTransaction transaction, MessageReception reception, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var facts = Here with { Id = id.Value };
        var decision = await milters.MailAsync(new SenderContext(facts, transaction.Facts), cancellationToken);
        foreach (var accepted in transaction.Recipients)
        {
            Apply(decision);
            if (decision.Refusal is not null) return decision.Refusal;
            decision = await milters.RecipientAsync(new RecipientContext(facts, transaction.Facts, accepted.Recipient), cancellationToken);
        }
        if (decision.Refusal is null) decision = await milters.DataAsync(Context(transaction, message), cancellationToken);
        Apply(decision);
        if (decision.Refusal is not null) return decision.Refusal;
        var checks = MilterHeaderChecks.Of(generation.Cleanup.Checks, message, time, Told);
        var edits = new MilterEdits(transaction, reception, message, generation.Addresses, queue.CreateContent, checks);
        decision = await milters.EndOfMessageAsync(() => Context(transaction, message), edits, cancellationToken);
        Apply(decision);
        return decision.Refusal;

        void Apply(StageDecision step)
        {
            foreach (var action in step.Actions) transaction.Apply(action, log);
        }
    }

    private async ValueTask<Refusal?> AskAsync(MailTransaction transaction, ReceivedMessage message, CancellationToken cancellationToken)
    {
        await using var policy = generation.Policies.Start("");
        var trace = generation.Policies.Recorder is { IsWanted: true } recorder ? new SubmissionTrace(recorder) : null;
        policy.Trace = trace?.Steps;
        var decision = await policy.LocalSubmissionAsync(Context(transaction, message), cancellationToken);
        trace?.Pass(id, generation.Hash, mail.User.Name, transaction.Facts.Sender, decision.Refusal, time.GetUtcNow());
        if (decision.Refusal is { } refusal) return refusal;
        foreach (var action in decision.Actions) transaction.Apply(action, log);
        foreach (var each in decision.Recipients) transaction.Decide(each.Recipient, each.Decision, log);
        return null;
    }

    private NewMessage Message(MailTransaction transaction, IReadOnlyList<QueuedRecipient> recipients, ReceivedMessage message, MessageReception reception, DateTimeOffset now, bool isRefused)
    {
        var head = new StringBuilder(512);
        for (var i = transaction.Prepended.Count - 1; i >= 0; i--) head.Append(transaction.Prepended[i].Name).Append(':').Append(transaction.Prepended[i].Value).Append("\r\n");
        head.Append(LocalHeaders.Received(mail.User, id, Settings, now));
        message.WriteChangedHeaders(head);
        return new NewMessage
        {
            Id = id,
            Sender = transaction.Facts.Sender,
            Mail = transaction.Facts.Mail,
            Origin = new MessageOrigin { Kind = mail.Envelope.IsVerification ? OriginKind.Verification : OriginKind.Local, Client = $"{mail.User.Name} (uid {mail.User.Id})", Generation = generation.Hash },
            Recipients = [.. recipients.Select(recipient => isRefused ? recipient with { State = RecipientState.Held, HoldName = RefusedHold } : recipient with { Due = recipient.Due + mail.Grace })],
            Head = Encoding.Latin1.GetBytes(head.ToString()),
            Content = reception.Content,
            ContentOffset = message.ReplacedLength,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Id}: {Action}: {Place} from local;{Text}")]
        public static partial void Checked(ILogger logger, QueueId id, string action, string place, string text);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Id}: uid={User} from=<{Sender}>")]
        public static partial void PickedUp(ILogger logger, QueueId id, long user, string sender);
    }
}
