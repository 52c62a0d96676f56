using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>
/// What parts the queue from delivery. The scheduler decides when, the deliverer where to and how. Called for many messages at once; the deliverer
/// leases the generation in force for each call. An exception counts as a deferral.
/// </summary>
public interface IDeliverer
{
    /// <summary>Where a due recipient goes now.</summary>
    ValueTask<RouteChoice> RouteAsync(QueuedMessage message, QueuedRecipient recipient, CancellationToken cancellationToken);

    /// <summary>One attempt at recipients that share a route: exactly one outcome each.</summary>
    ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, CancellationToken cancellationToken);

    /// <summary>The report that a finished or delayed group of recipients needs, committed together with their outcomes (RFC 3461 §6); null when none is due.</summary>
    ValueTask<NewMessage?> ReportAsync(ReportRequest request, CancellationToken cancellationToken);
}

/// <summary>Where a recipient goes. An immutable value; equal routes share a destination queue.</summary>
/// <param name="Transport">The transport's name.</param>
/// <param name="NextHop">The next hop in the transport's notation; for <c>smtp</c> by MX the recipient's domain in lower case.</param>
public sealed record Route(string Transport, string NextHop)
{
    /// <summary>What a policy asks of the connection; null: nothing. Other terms are another destination queue.</summary>
    public DeliveryTerms? Terms { get; init; }

    /// <summary>The key of its destination queue: <c>transport:nexthop</c>.</summary>
    public override string ToString() => $"{Transport}:{NextHop}";
}

/// <summary>Where a recipient goes, and how soon its turn comes there. An immutable value.</summary>
public readonly record struct RouteChoice(Route Route, DeliveryPriority Priority)
{
    /// <summary>How old the message is when the recipient is given up; null: as the queue does.</summary>
    public TimeSpan? Expire { get; init; }

    /// <summary>What becomes of the recipient without an attempt; null: it is tried.</summary>
    public RecipientOutcome? Instead { get; init; }
}

/// <summary>What a policy asks of the connection to a next hop. An immutable value.</summary>
/// <param name="Source">The address to connect from; null: any.</param>
/// <param name="Pool">The pool of addresses to choose one of; null: none.</param>
/// <param name="Tls">How much TLS the next hop must do; null: as configured.</param>
public sealed record DeliveryTerms(IPAddress? Source, string? Pool, TlsLevel? Tls);

/// <summary>Recipients of one message that a report may be due for. An immutable value.</summary>
public sealed record ReportRequest(QueueId ReportId, QueuedMessage Message, ReportKind Kind, IReadOnlyList<(QueuedRecipient Recipient, RecipientOutcome Outcome)> Recipients)
{
    /// <summary>Who is to read it.</summary>
    public ReportReader Reader { get; init; }
}

/// <summary>Who a report is for.</summary>
public enum ReportReader
{
    /// <summary>The sender of the message.</summary>
    Sender,
    /// <summary>The postmaster, as <c>notify_classes</c> asks for.</summary>
    Postmaster,
}

/// <summary>What a report is about.</summary>
public enum ReportKind
{
    /// <summary>Delivery failed for good, or expired.</summary>
    Failure,
    /// <summary>Still trying.</summary>
    Delay,
    /// <summary>Delivered or relayed, for recipients that asked.</summary>
    Success,
}
