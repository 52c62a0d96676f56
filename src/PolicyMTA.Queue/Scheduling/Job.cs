using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>One attempt to come: recipients of one message that share a route.</summary>
internal sealed record Job(ActiveMessage Active, Route Route, IReadOnlyList<QueuedRecipient> Recipients)
{
    /// <summary>How old the message is when they are given up; null: as the queue does.</summary>
    internal TimeSpan? Expire { get; init; }
}
