using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>A message with recipients in memory. Guarded by the scheduler's lock.</summary>
internal sealed class ActiveMessage
{
    internal required QueuedMessage Message { get; init; }

    /// <summary>When it entered, by the queue's clock.</summary>
    internal required DateTimeOffset Entered { get; init; }

    /// <summary>When it was taken into memory.</summary>
    internal required DateTimeOffset Activated { get; init; }

    /// <summary>Bytes of content kept in memory.</summary>
    internal long Bytes { get; init; }

    /// <summary>Recipients of the message that are not finished, in memory or not.</summary>
    internal int Unfinished { get; set; }

    /// <summary>The recipients in memory that wait or are being tried.</summary>
    internal List<QueuedRecipient> Pending { get; init; } = [];

    /// <summary>Those of <see cref="Pending"/> whose attempt is over and only waits to be committed.</summary>
    internal HashSet<QueuedRecipient> Ended { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>What is to be reported together when the last of <see cref="Pending"/> has ended.</summary>
    internal List<Decision> Unreported { get; } = [];

    /// <summary>The recipients that a report is being made of.</summary>
    internal List<int> Reporting { get; } = [];

    internal bool Has(QueuedRecipient recipient)
    {
        foreach (var pending in Pending)
        {
            if (ReferenceEquals(pending, recipient)) return true;
        }
        return false;
    }
}
