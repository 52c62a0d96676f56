using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>One attempt that is over, with one outcome for each recipient. An immutable value; times are the queue's clock's.</summary>
/// <param name="Job">What was tried.</param>
/// <param name="Begun">When.</param>
/// <param name="Ended">Until when.</param>
/// <param name="IsRouted">False when no route was found: the recipients stay with the destination they came from.</param>
/// <param name="Outcomes">What came of it.</param>
internal sealed record Attempt(Job Job, DateTimeOffset Begun, DateTimeOffset Ended, bool IsRouted, IReadOnlyList<(QueuedRecipient Recipient, RecipientOutcome Outcome)> Outcomes)
{
    /// <summary>Somebody wants these recipients to fail: <c>soft_bounce</c> does not keep them.</summary>
    internal bool IsForced { get; init; }

    internal TimeSpan Age => Ended - Job.Active.Entered;
}
