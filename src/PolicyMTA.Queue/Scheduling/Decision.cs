using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>What the queue makes of one recipient's outcome. An immutable value.</summary>
internal sealed record Decision
{
    internal required QueuedRecipient Recipient { get; init; }

    /// <summary>What happened, as the log tells it.</summary>
    internal required RecipientOutcome Outcome { get; init; }

    /// <summary>What a report says: an expired deferral is a failure.</summary>
    internal required RecipientOutcome Reported { get; init; }

    internal required RecipientResult Result { get; init; }

    /// <summary>What the log shows as <c>status=</c>.</summary>
    internal required string Word { get; init; }

    /// <summary>The report its sender is due; null for none.</summary>
    internal ReportKind? Report { get; init; }

    internal bool HasExpired { get; init; }

    internal static Decision Make(Attempt attempt, QueuedRecipient recipient, RecipientOutcome outcome, QueueSettings settings, DateTimeOffset now)
    {
        var isSoft = outcome.Action == DeliveryAction.Failed && settings.SoftBounce && !attempt.IsForced;
        if (isSoft) outcome = outcome with { Action = DeliveryAction.Deferred, Status = outcome.Status with { Class = 4 } };
        var message = attempt.Job.Active.Message;
        var hasExpired = outcome.Action == DeliveryAction.Deferred && RetrySchedule.HasExpired(message, attempt.Age, settings);
        var action = hasExpired ? DeliveryAction.Failed : outcome.Action;
        var report = FindReport(message, recipient, outcome, action, attempt.Age, settings);
        return new Decision
        {
            Recipient = recipient, Outcome = outcome, Reported = outcome with { Action = action }, HasExpired = hasExpired, Report = report,
            Word = isSoft ? "SOFTBOUNCE" : outcome.Action switch { DeliveryAction.Delivered => "sent", DeliveryAction.Deferred => "deferred", _ => "bounced" },
            Result = new RecipientResult
            {
                Recipient = recipient.Number, Status = outcome.Status, Text = outcome.Text, Destination = attempt.IsRouted ? attempt.Job.Route.ToString() : recipient.Destination,
                State = action switch { DeliveryAction.Delivered => RecipientState.Delivered, DeliveryAction.Failed => RecipientState.Bounced, _ => RecipientState.Deferred },
                Due = NextDue(attempt, settings, now), DelayReported = recipient.DelayReported || report == ReportKind.Delay,
            },
        };
    }

    /// <summary>The same when its report could not be made: tried again, and so reported again.</summary>
    internal Decision WithoutReport(Attempt attempt, QueueSettings settings, DateTimeOffset now) =>
        this with { Report = null, HasExpired = false, Word = "deferred", Result = Result with { State = RecipientState.Deferred, DelayReported = Recipient.DelayReported, Due = NextDue(attempt, settings, now) } };

    private static DateTimeOffset NextDue(Attempt attempt, QueueSettings settings, DateTimeOffset now) =>
#pragma warning disable CA5394 // scatter, no secret
        RetrySchedule.Next(now, attempt.Age, settings, Random.Shared.NextDouble());
#pragma warning restore CA5394

    // RFC 3461 §6.2: what NOTIFY asks for; without it failures, and delays as configured. Never one about a report or to the null sender.
    private static ReportKind? FindReport(QueuedMessage message, QueuedRecipient recipient, RecipientOutcome outcome, DeliveryAction action, TimeSpan age, QueueSettings settings)
    {
        if (message.Sender.IsNull || message.Origin.Kind == OriginKind.Report) return null;
        var notify = recipient.Parameters.Notify;
        bool IsWanted(Notify flag) => notify == Notify.Unspecified || notify.HasFlag(flag);
        return action switch
        {
            DeliveryAction.Failed => IsWanted(Notify.Failure) ? ReportKind.Failure : null,
            DeliveryAction.Delivered => notify.HasFlag(Notify.Success) && !outcome.ReportsPassedOn ? ReportKind.Success : null,
            _ => IsWanted(Notify.Delay) && !recipient.DelayReported && settings.DelayWarningTime > TimeSpan.Zero && age >= settings.DelayWarningTime ? ReportKind.Delay : null,
        };
    }
}
