using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>What the queue makes of one recipient's outcome. An immutable value.</summary>
internal sealed record Decision
{
    /// <summary>Where failures wait whose report is to tell of others too: a destination that nothing is delivered to.</summary>
    internal static readonly string ReportDestination = new Route("bounce", "").ToString();

    // As long as a slow attempt takes: a report is not to wait for the slowest.
    private static readonly TimeSpan ReportWait = TimeSpan.FromMinutes(5);

    internal required QueuedRecipient Recipient { get; init; }

    /// <summary>What happened, as the log tells it.</summary>
    internal required RecipientOutcome Outcome { get; init; }

    /// <summary>What a report says: an expired deferral is a failure.</summary>
    internal required RecipientOutcome Reported { get; init; }

    internal required RecipientResult Result { get; init; }

    /// <summary>What the log shows as <c>status=</c>.</summary>
    internal required string Word { get; init; }

    /// <summary>What somebody is to be told of; null for nothing.</summary>
    internal ReportKind? Event { get; init; }

    /// <summary>The sender is to be told.</summary>
    internal bool IsForSender { get; init; }

    /// <summary>The postmaster is to be told.</summary>
    internal bool IsForPostmaster { get; init; }

    internal bool HasExpired { get; init; }

    /// <summary>It waits for a person.</summary>
    internal Verdict.Hold? Hold { get; init; }

    internal bool IsFor(ReportReader reader) => reader == ReportReader.Sender ? IsForSender : IsForPostmaster;

    internal static Decision Make(Attempt attempt, QueuedRecipient recipient, RecipientOutcome outcome, QueueSettings settings, DateTimeOffset now)
    {
        var isQuestion = attempt.Job.Active.Message.Origin.Kind == OriginKind.Verification;
        var isSoft = outcome.Action == DeliveryAction.Failed && settings.SoftBounce && recipient.Failure is null && !attempt.IsForced && !isQuestion;
        if (isSoft) outcome = outcome with { Action = DeliveryAction.Deferred, Status = outcome.Status with { Class = 4 } };
        var message = attempt.Job.Active.Message;
        var hold = outcome.Action == DeliveryAction.Deferred ? outcome.Hold : null;
        var hasExpired = outcome.Action == DeliveryAction.Deferred && hold is null && RetrySchedule.HasExpired(message, attempt.Age, attempt.Job.Expire, settings);
        var action = hasExpired ? DeliveryAction.Failed : outcome.Action;
        var happened = hold is not null ? null : ReportRules.FindEvent(recipient, outcome, action, attempt.Age, settings);
        var (isForSender, isForPostmaster) = happened is { } kind ? (ReportRules.IsForSender(message, recipient, kind), ReportRules.IsForPostmaster(message, kind, settings)) : (false, false);
        return new Decision
        {
            Recipient = recipient, Outcome = outcome, Reported = outcome with { Action = action }, HasExpired = hasExpired,
            Event = isForSender || isForPostmaster ? happened : null, IsForSender = isForSender, IsForPostmaster = isForPostmaster,
            Hold = hold,
            Word = hold is not null ? "hold" : isQuestion ? outcome.Action == DeliveryAction.Delivered ? "deliverable" : "undeliverable" : isSoft ? "SOFTBOUNCE" : outcome.Action switch { DeliveryAction.Delivered => "sent", DeliveryAction.Deferred => "deferred", _ => "bounced" },
            Result = new RecipientResult
            {
                Recipient = recipient.Number, Status = outcome.Status, Text = outcome.Text, Destination = attempt.IsRouted ? attempt.Job.Route.ToString() : recipient.Destination,
                State = action switch { DeliveryAction.Delivered => RecipientState.Delivered, DeliveryAction.Failed => RecipientState.Bounced, _ => RecipientState.Deferred },
                Due = outcome.RetryAfter is { } after ? RetrySchedule.After(now, after) : NextDue(attempt, settings, now), RouteOverride = outcome.Reroute, DelayReported = recipient.DelayReported || happened == ReportKind.Delay,
            },
        };
    }

    /// <summary>The same when others of its message are still being tried: a failure waits for their end, but not long, and a delay is told when they have ended.</summary>
    internal Decision Waiting(DateTimeOffset now) => Event switch
    {
        ReportKind.Failure => Unreported(now + ReportWait),
        ReportKind.Delay => WithoutWarning(),
        _ => this,
    };

    /// <summary>The same when its report could not be made: a failure is reported later, and not tried again; a delay is told of after the next attempt.</summary>
    internal Decision WithoutReport(Attempt attempt, QueueSettings settings, DateTimeOffset now) => Event switch
    {
        ReportKind.Failure => Unreported(NextDue(attempt, settings, now)),
        ReportKind.Delay => WithoutWarning(),
        _ => this,
    };

    private Decision Unreported(DateTimeOffset due) => this with
    {
        Event = null,
        Result = Result with { State = RecipientState.Deferred, Destination = ReportDestination, Due = due, DelayReported = Recipient.DelayReported, Failure = Reported },
    };

    private Decision WithoutWarning() => this with { Event = null, Result = Result with { DelayReported = Recipient.DelayReported } };

    private static DateTimeOffset NextDue(Attempt attempt, QueueSettings settings, DateTimeOffset now) =>
#pragma warning disable CA5394 // scatter, no secret
        RetrySchedule.Next(now, attempt.Age, settings, Random.Shared.NextDouble());
#pragma warning restore CA5394
}
