using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>
/// The sender of mail that a map of ours sends on to somebody elsewhere becomes one of ours (<c>srs_*</c>), so that SPF holds at the next hop. The null sender and our own stay what they are, and the
/// message in the queue does: a failure that is found here is told to the first sender. Thread-safe.
/// </summary>
public sealed class ForwardedMail(AddressBook addresses, ForwardedSenders senders)
{
    /// <summary>The request, or two where some of its recipients are forwarded to and others are not: a message has one sender.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    internal async ValueTask<IReadOnlyList<DeliveryRequest>> SplitAsync(DeliveryRequest request, CancellationToken cancellationToken)
    {
        if (request.Message.Sender.IsNull || !request.Recipients.Any(recipient => recipient.Original is not null) || await IsOwnAsync(request.Message.Sender, cancellationToken)) return [request];
        var (direct, forwarded) = (new List<QueuedRecipient>(), new List<QueuedRecipient>());
        foreach (var recipient in request.Recipients) (await IsForwardedAsync(recipient, cancellationToken) ? forwarded : direct).Add(recipient);
        if (forwarded.Count == 0) return [request];
        var ours = request with { Message = request.Message with { Sender = senders.Rewrite(request.Message.Sender) }, Recipients = forwarded };
        return direct.Count == 0 ? [ours] : [request with { Recipients = direct }, ours];
    }

    private async ValueTask<bool> IsForwardedAsync(QueuedRecipient recipient, CancellationToken cancellationToken) =>
        recipient.Original is { } original
        && await addresses.ClassifyAsync(recipient.Address, cancellationToken) == AddressClass.Default
        && await addresses.ClassifyAsync(original, cancellationToken) != AddressClass.Default;

    // For relay domains mail comes in here; what leaves in their name comes from elsewhere too.
    private async ValueTask<bool> IsOwnAsync(Address sender, CancellationToken cancellationToken) =>
        await addresses.ClassifyAsync(sender, cancellationToken) is not (AddressClass.Default or AddressClass.Relay);
}
