using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Fixed;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>Transport <c>maildir</c>: into the mailbox that <c>virtual_mailbox_maps</c> names, as virtual(8) does.</summary>
internal sealed partial class MaildirTransport(FileThreads threads, TimeProvider time, ILogger logger) : IBuiltInTransport
{
    private const string Relay = "virtual";
    private static readonly EnhancedStatus Delivered = new(2, 0, 0);
    private static readonly EnhancedStatus UnknownUser = new(5, 1, 1);
    private static readonly EnhancedStatus MailboxTrouble = new(4, 2, 0);
    private static readonly EnhancedStatus BadConfiguration = new(4, 3, 5);
    private static readonly EnhancedStatus LookupFailed = new(4, 3, 0);

    // What arrived before this process may have been delivered by the one that crashed.
    private readonly DateTimeOffset _started = time.GetUtcNow();

    public ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) =>
        DeliverAllAsync(request, settings, isProbe: false, cancellationToken);

    public ValueTask<IReadOnlyList<RecipientOutcome>> ProbeAsync(DeliveryRequest request, DeliverySettings settings, CancellationToken cancellationToken) =>
        DeliverAllAsync(request, settings, isProbe: true, cancellationToken);

    private async ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAllAsync(DeliveryRequest request, DeliverySettings settings, bool isProbe, CancellationToken cancellationToken)
    {
        var deliveries = new Task<RecipientOutcome>[request.Recipients.Count];
        for (var i = 0; i < deliveries.Length; i++)
        {
            deliveries[i] = DeliverOneAsync(request.Message, request.Recipients[i], settings, isProbe, cancellationToken);
        }
        return await Task.WhenAll(deliveries);
    }

    private async Task<RecipientOutcome> DeliverOneAsync(QueuedMessage message, QueuedRecipient recipient, DeliverySettings settings, bool isProbe, CancellationToken cancellationToken)
    {
        var lookup = await FindMailboxAsync(recipient.Address, settings, cancellationToken);
        if (lookup.IsFailure)
        {
            Log.LookupFailed(logger, message.Id, lookup.Failure!);
            return Outcome(recipient, LookupFailed, "mail system configuration error: virtual_mailbox_maps lookup failed");
        }
        if (lookup.Value is not { } value) return Outcome(recipient, UnknownUser, $"unknown user: \"{recipient.Address}\"");
        if (MailboxPath.Find(settings.VirtualMailboxBase, value, out var reason) is not { } folder)
        {
            Log.BadMailbox(logger, message.Id, recipient.Address.ToString(), reason);
            return Outcome(recipient, BadConfiguration, "mail system configuration error: bad mailbox path");
        }
        return isProbe ? Outcome(recipient, Delivered, "delivers to maildir") : await WriteAsync(message, recipient, folder, settings, cancellationToken);
    }

    // The domain of an address is in its ASCII form; the table may have the other.
    private static async ValueTask<LookupResult> FindMailboxAsync(Address address, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var result = await FindOneAsync(address, settings, cancellationToken);
        if (result.IsFound || result.IsFailure || InternationalDomain.FindUnicode(address.Domain) is not { } unicode) return result;
        return await FindOneAsync(address with { Domain = unicode }, settings, cancellationToken);
    }

    // virtual(8): the address, then without its extension. A domain's catch-all has no mailbox of its own unless the table says so.
    private static async ValueTask<LookupResult> FindOneAsync(Address address, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var plain = TransportMap.WithoutExtension(address, settings.RecipientDelimiter);
        foreach (var (key, isWhole) in new[] { (address.ToString(), true), (plain?.ToString(), false), (address.Domain.Length > 0 ? "@" + address.Domain : null, false) })
        {
            if (key is null) continue;
            foreach (var table in settings.VirtualMailboxMaps)
            {
                if (!isWhole && !table.AcceptsPartialKeys) continue;
                var result = await table.FindAsync(table.FoldsKeys ? key.ToLowerInvariant() : key, cancellationToken);
                if (result.IsFound || result.IsFailure) return result;
            }
        }
        return LookupResult.None;
    }

    private async ValueTask<RecipientOutcome> WriteAsync(QueuedMessage message, QueuedRecipient recipient, string folder, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var name = NameOf(message, recipient, settings.MyHostname);
        var head = HeadOf(message, recipient);
        var mayBeRepeat = message.Arrived < _started || recipient.Attempts > 0;
        // Outside the try: content that can't be read is the queue's trouble, not the mailbox's.
        await using var stream = message.Content.Segments is null ? await message.Content.OpenReadAsync(cancellationToken) : null;
        try
        {
            await threads.RunAsync(() => Maildir.Write(folder, name, head, message.Content, stream, mayBeRepeat));
            return Outcome(recipient, Delivered, "delivered to maildir");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.WriteFailed(logger, error, message.Id, folder);
            return Outcome(recipient, MailboxTrouble, "maildir delivery failed: cannot write to the mailbox");
        }
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

    private static RecipientOutcome Outcome(QueuedRecipient recipient, EnhancedStatus status, string text) => new()
    {
        Recipient = recipient.Number,
        Action = status.Class switch { 2 => DeliveryAction.Delivered, 4 => DeliveryAction.Deferred, _ => DeliveryAction.Failed },
        Status = status,
        Text = text,
        Relay = Relay,
        IsFinal = true,
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: virtual_mailbox_maps: {Reason}")]
        public static partial void LookupFailed(ILogger logger, QueueId queueId, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: mailbox of {Recipient}: {Reason}")]
        public static partial void BadMailbox(ILogger logger, QueueId queueId, string recipient, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: cannot write to {Folder}")]
        public static partial void WriteFailed(ILogger logger, Exception error, QueueId queueId, string folder);
    }
}
