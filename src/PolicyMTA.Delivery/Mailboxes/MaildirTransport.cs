using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Commands;
using PolicyMTA.Delivery.Fixed;
using PolicyMTA.Delivery.Local;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>Transport <c>maildir</c>: into the mailbox that <c>virtual_mailbox_maps</c> names, as virtual(8) does; one that ends without a slash is a file in mbox format.</summary>
internal sealed partial class MaildirTransport(FileThreads threads, TimeProvider time, ILogger logger) : IBuiltInTransport
{
    private const string Relay = "virtual";
    private static readonly EnhancedStatus Delivered = new(2, 0, 0);
    private static readonly EnhancedStatus MailboxTrouble = new(4, 2, 0);
    private static readonly EnhancedStatus MailboxKind = new(5, 2, 0);
    private static readonly EnhancedStatus FullForNow = new(4, 2, 2);
    private static readonly EnhancedStatus Full = new(5, 2, 2);

    private readonly Mbox _mbox = new(threads, time);
    // What arrived before this process may have been delivered by the one that crashed.
    private readonly DateTimeOffset _started = time.GetUtcNow();

    public async ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) =>
        await Task.WhenAll(request.Recipients.Select(recipient => DeliverOneAsync(request.Message, recipient, isProbe: false, settings, cancellationToken)));

    public async ValueTask<IReadOnlyList<RecipientOutcome>> ProbeAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) =>
        await Task.WhenAll(request.Recipients.Select(recipient => DeliverOneAsync(request.Message, recipient, isProbe: true, settings, cancellationToken)));

    private async Task<RecipientOutcome> DeliverOneAsync(QueuedMessage message, QueuedRecipient recipient, bool isProbe, DeliverySettings settings, CancellationToken cancellationToken)
    {
        try
        {
            var mailbox = await VirtualMailboxFinder.FindAsync(recipient.Address, settings, cancellationToken);
            if (isProbe) return Outcome(recipient, Delivered, mailbox.IsMaildir ? "delivers to maildir" : "delivers to mailbox");
            return await WriteAsync(message, recipient, mailbox, settings, cancellationToken);
        }
        catch (NoMailboxException none)
        {
            if (none.Mistake is { } mistake) Log.BadMailbox(logger, message.Id, recipient.Address.ToString(), mistake);
            return Outcome(recipient, none.Status, none.Message);
        }
    }

    private async ValueTask<RecipientOutcome> WriteAsync(QueuedMessage message, QueuedRecipient recipient, VirtualMailbox mailbox, DeliverySettings settings, CancellationToken cancellationToken)
    {
        // Outside the try: content that can't be read is the queue's trouble, not the mailbox's.
        await using var stream = message.Content.Segments is null ? await message.Content.OpenReadAsync(cancellationToken) : null;
        try
        {
            if (!mailbox.IsMaildir) return await AppendAsync(message, recipient, mailbox, settings.Virtual, stream, cancellationToken);
            var name = NameOf(message, recipient, settings.MyHostname);
            var limits = new MaildirLimits(settings.Virtual.MailboxLimit, mailbox.Quota == 0 ? null : new MaildirQuota(mailbox.Path, mailbox.Quota, time));
            var mayBeRepeat = message.Arrived < _started || recipient.Attempts > 0;
            await threads.RunAsync(() => WithRightsOf(mailbox, () => Maildir.Write(mailbox.Path, name, HeadOf(message, recipient), message.Content, stream, mayBeRepeat, limits)));
            return Outcome(recipient, Delivered, "delivered to maildir");
        }
        catch (QuotaExceededException full)
        {
            Log.OverQuota(logger, message.Id, mailbox.Path);
            return Outcome(recipient, settings.Virtual.OverquotaBounce ? Full : FullForNow, full.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.WriteFailed(logger, error, message.Id, mailbox.Path);
            var status = error switch { MailboxFullException => Full, MailboxKindException => MailboxKind, _ => MailboxTrouble };
            var reason = error switch { MailboxFullException => error.Message, UnauthorizedAccessException when mailbox.Owner is { } owner && !UserRights.CanActAs(owner) => error.Message, _ => "cannot write to the mailbox" };
            return Outcome(recipient, status, (mailbox.IsMaildir ? "maildir delivery failed: " : "delivery failed to mailbox: ") + reason);
        }
    }

    private async ValueTask<RecipientOutcome> AppendAsync(QueuedMessage message, QueuedRecipient recipient, VirtualMailbox mailbox, VirtualSettings settings, Stream? stream, CancellationToken cancellationToken)
    {
        var target = new MailboxTarget(mailbox.Path, mailbox.Owner)
        {
            SizeLimit = settings.MailboxLimit, Locking = settings.Locking, OwnerMustBe = settings.StrictOwnership ? mailbox.Owner?.Id : null,
        };
        await threads.RunAsync(() => WithRightsOf(mailbox, () => Folder.Create(Path.GetDirectoryName(mailbox.Path)!)));
        var content = new CommandContent(message, new PipeSettings { Command = [], Flags = "FROD>B" });
        await _mbox.AppendAsync(target, file => content.Write(file, recipient, stream), cancellationToken);
        return Outcome(recipient, Delivered, "delivered to mailbox");
    }

    // The kernel checks each step of a path as that user, so a link that the user put there leads nowhere the user could not go.
    // To write as root and change the owner afterwards would follow it.
    private static void WithRightsOf(VirtualMailbox mailbox, Action work)
    {
        if (mailbox.Owner is not { } owner)
        {
            work();
            return;
        }
        UserRights.Run(owner, null, () =>
        {
            work();
            return true;
        });
    }

    /// <summary>Unique by queue id and recipient; in the maildir form time.unique.host.</summary>
    internal static string NameOf(QueuedMessage message, QueuedRecipient recipient, string host) => string.Create(CultureInfo.InvariantCulture,
        $"{message.Arrived.ToUnixTimeSeconds()}.Q{message.Id}R{recipient.Number}.{host.Replace("/", "\\057", StringComparison.Ordinal).Replace(":", "\\072", StringComparison.Ordinal)}");

    private static byte[] HeadOf(QueuedMessage message, QueuedRecipient recipient) => Encoding.UTF8.GetBytes(
        $"Return-Path: <{OneLine(message.Sender)}>\nX-Original-To: {OneLine(recipient.Original ?? recipient.Address)}\nDelivered-To: {OneLine(recipient.Address)}\n");

    // A quoted local part may carry a line break in its internal form; a field may not.
    private static string OneLine(Address address)
    {
        var text = address.ToEnvelope();
        return text.AsSpan().ContainsAny('\r', '\n') ? text.Replace('\r', ' ').Replace('\n', ' ') : text;
    }

    private static RecipientOutcome Outcome(QueuedRecipient recipient, EnhancedStatus status, string text) => RecipientOutcomes.Of(recipient, Relay, status, text) with { IsFinal = true };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: mailbox of {Recipient}: {Reason}")]
        public static partial void BadMailbox(ILogger logger, QueueId queueId, string recipient, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "{QueueId}: {Folder} is over its quota")]
        public static partial void OverQuota(ILogger logger, QueueId queueId, string folder);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: cannot write to {Folder}")]
        public static partial void WriteFailed(ILogger logger, Exception error, QueueId queueId, string folder);
    }
}
