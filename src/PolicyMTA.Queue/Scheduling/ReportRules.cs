using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>Who is told of what (RFC 3461 §4.1, §6.2; <c>notify_classes</c>). Nothing answers a report, and nobody is told of it but the postmaster.</summary>
internal static class ReportRules
{
    /// <summary>What happened to a recipient that somebody may have to be told of.</summary>
    internal static ReportKind? FindEvent(QueuedRecipient recipient, RecipientOutcome outcome, DeliveryAction action, TimeSpan age, QueueSettings settings) => action switch
    {
        DeliveryAction.Failed => ReportKind.Failure,
        DeliveryAction.Delivered => recipient.Parameters.Notify.HasFlag(Notify.Success) && !outcome.ReportsPassedOn ? ReportKind.Success : null,
        _ => !recipient.DelayReported && settings.DelayWarningTime > TimeSpan.Zero && age >= settings.DelayWarningTime ? ReportKind.Delay : null,
    };

    internal static bool IsForSender(QueuedMessage message, QueuedRecipient recipient, ReportKind kind)
    {
        if (message.Sender.IsNull || message.Origin.Kind == OriginKind.Report || IsDaemon(message.Sender)) return false;
        var notify = recipient.Parameters.Notify;
        if (notify == Notify.Unspecified) return kind != ReportKind.Success;
        return notify.HasFlag(kind switch { ReportKind.Failure => Notify.Failure, ReportKind.Delay => Notify.Delay, _ => Notify.Success });
    }

    internal static bool IsForPostmaster(QueuedMessage message, ReportKind kind, QueueSettings settings)
    {
        if (kind == ReportKind.Success || IsNoticeToPostmaster(message)) return false;
        if (message.Sender.IsNull) return settings.NotifyClasses.HasFlag(NotifyClasses.DoubleBounce);
        return settings.NotifyClasses.HasFlag(kind == ReportKind.Failure ? NotifyClasses.Bounce : NotifyClasses.Delay);
    }

    /// <summary>What the postmaster was to read: when it fails too, the log is all that is left. It is the only report with a sender.</summary>
    internal static bool IsNoticeToPostmaster(QueuedMessage message) => message.Origin.Kind == OriginKind.Report && !message.Sender.IsNull;

    // Another server's daemon does not read, it would only answer.
    private static bool IsDaemon(Address sender) => sender.Local.Equals("mailer-daemon", StringComparison.OrdinalIgnoreCase);
}
