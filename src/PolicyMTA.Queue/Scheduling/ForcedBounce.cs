using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>
/// Returns recipients to their sender though no attempt failed: somebody said so. They are held first, so that nobody claims them, and whatever waits in memory
/// is withdrawn; one that is being tried meanwhile is left to its attempt.
/// </summary>
internal sealed class ForcedBounce(QueueParts parts, ActiveQueue active, OutcomeRecorder recorder)
{
    private const string Hold = "bounce";

    /// <summary>True when at least one of the recipients was returned.</summary>
    internal async ValueTask<bool> BounceAsync(IDeliverer deliverer, QueueEntry entry, IReadOnlyList<int> numbers, EnhancedStatus status, string text, CancellationToken cancellationToken)
    {
        await parts.Commits.CommitAsync([new QueueChange.Held(entry.Id, numbers, Hold, null)], cancellationToken);
        active.Withdraw(entry.Id, numbers, finished: 0);
        var running = active.ListRunning(entry.Id);
        var returned = entry.Recipients.Where(recipient => numbers.Contains(recipient.Number) && !running.Contains(recipient.Number)).ToList();
        var left = numbers.Where(running.Contains).ToList();
        if (left.Count > 0) await parts.Commits.CommitAsync([new QueueChange.Released(entry.Id, left, parts.Clock.Now)], cancellationToken);
        if (returned.Count == 0) return false;
        active.Withdraw(entry.Id, [.. returned.Select(recipient => recipient.Number)], returned.Count);
        var now = parts.Clock.Now;
        var outcomes = returned.ConvertAll(recipient => (recipient, new RecipientOutcome { Recipient = recipient.Number, Action = DeliveryAction.Failed, Status = status, Text = text }));
        await recorder.RecordAsync(deliverer, new Attempt(new Job(Message(entry), new Route("error", ""), returned), now, now, IsRouted: false, outcomes) { IsForced = true }, cancellationToken);
        return true;
    }

    private ActiveMessage Message(QueueEntry entry) => new()
    {
        Message = new QueuedMessage
        {
            Id = entry.Id, Arrived = entry.Arrived, Sender = entry.Sender, Mail = entry.Mail, Origin = entry.Origin, Content = new Storage.StoredContent(parts.Store, entry.Id, entry.Size),
        },
        Entered = entry.Entered, Activated = parts.Clock.Now,
        Unfinished = entry.Recipients.Count(recipient => recipient.State is not (RecipientState.Delivered or RecipientState.Bounced)),
    };
}
