using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>One attempt to come: recipients of one message that share a route.</summary>
internal sealed record Job(ActiveMessage Active, Route Route, IReadOnlyList<QueuedRecipient> Recipients);
