using PolicyMTA.Queue.Storage;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>A new message on its way through a commit. An immutable value.</summary>
internal sealed record Admitted(QueueChange.Added Change, ActiveMessage? Active)
{
    /// <summary>Those that are delivered from memory.</summary>
    internal IReadOnlyList<QueuedRecipient> Recipients { get; init; } = [];
}

/// <summary>
/// Decides before the commit whether a new message is delivered from memory. If so it is written as claimed already, which saves a second transaction; if not
/// it waits in the store under the domain of its recipient.
/// </summary>
internal sealed class Admission(QueueParts parts, ActiveQueue active, Action<ActiveMessage, IReadOnlyList<QueuedRecipient>> route, DeliveryLog log)
{
    /// <summary>How long a node that is gone keeps others from its mail.</summary>
    internal static readonly TimeSpan ClaimTime = TimeSpan.FromHours(1);

    internal async ValueTask<Admitted> PrepareAsync(NewMessage message, CancellationToken cancellationToken)
    {
        if (message.Recipients.Count == 0) throw new ArgumentException("a message needs a recipient", nameof(message));
        await parts.Store.PrepareAsync(message, cancellationToken);
        var now = parts.Clock.Now;
        var wall = parts.Clock.Wall;
        message = message with { Recipients = [.. message.Recipients.Select(recipient => Normalize(recipient, now))] };
        var due = message.Recipients.Where(recipient => recipient.State == RecipientState.Due).ToList();
        var hot = due.Count > 0 && due.TrueForAll(recipient => recipient.Due <= now) ? Activate(message, due, wall, now) : null;
        return new Admitted(new QueueChange.Added(message, wall, now, hot is null ? null : Claim(parts)), hot) { Recipients = due };
    }

    internal void Committed(Admitted admitted)
    {
        if (admitted.Active is { } hot)
        {
            log.Activated(hot.Message, admitted.Change.Message.Recipients.Count);
            route(hot, admitted.Recipients);
            return;
        }
        foreach (var recipient in admitted.Change.Message.Recipients)
        {
            if (recipient.State == RecipientState.Due) active.AddDue(recipient.Destination, recipient.Due);
        }
    }

    internal void Failed(Admitted admitted)
    {
        if (admitted.Active is { } hot) active.Forget(hot, admitted.Recipients, finished: 0);
    }

    internal static Claim Claim(QueueParts parts) => new(parts.Settings().Node, parts.Clock.Now + ClaimTime);

    private QueuedRecipient Normalize(QueuedRecipient recipient, DateTimeOffset now)
    {
        var isHeld = parts.Settings().HoldAll || recipient.State == RecipientState.Held;
        return recipient with
        {
            State = isHeld ? RecipientState.Held : RecipientState.Due, HoldName = isHeld ? recipient.HoldName ?? "hold" : null, Due = recipient.Due == default ? now : recipient.Due,
            Destination = "@" + recipient.Address.Domain.ToLowerInvariant(),
            // Given by the wall clock, kept by the queue's.
            HoldExpires = isHeld && recipient.HoldExpires is { } expires ? now + (expires - parts.Clock.Wall) : null,
        };
    }

    private ActiveMessage? Activate(NewMessage message, IReadOnlyList<QueuedRecipient> due, DateTimeOffset wall, DateTimeOffset now)
    {
        var memory = message.Content.Memory;
        var length = message.Head.Length + message.Content.Length - message.ContentOffset;
        var hot = new ActiveMessage
        {
            Message = new QueuedMessage
            {
                Id = message.Id, Arrived = wall, Sender = message.Sender, Mail = message.Mail, Origin = message.Origin,
                Content = memory is { } bytes ? new MemoryContent(message.Head, bytes[(int)message.ContentOffset..]) : new StoredContent(parts.Store, message.Id, length),
            },
            Entered = now, Activated = now, Bytes = memory is { } kept ? kept.Length + message.Head.Length : 0, Unfinished = message.Recipients.Count, Pending = [.. due],
        };
        return active.TryReserve(hot) ? hot : null;
    }
}
