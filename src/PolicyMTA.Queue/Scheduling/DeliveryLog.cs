using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>The lines administrators know: the queue's own as <c>qmgr</c>, those of attempts under their transport's name.</summary>
internal sealed partial class DeliveryLog(ILoggerFactory loggers)
{
    private readonly ILogger _queue = loggers.CreateLogger("qmgr");
    private readonly ILogger _bounce = loggers.CreateLogger("bounce");
    private readonly ConcurrentDictionary<string, ILogger> _transports = new(StringComparer.Ordinal);

    internal void Activated(QueuedMessage message, int recipients) => Log.Active(_queue, message.Id, message.Sender.ToString(), message.Content.Length, recipients);

    internal void Expired(QueuedMessage message) => Log.Expired(_queue, message.Id, message.Sender.ToString());

    internal void Removed(QueueId id) => Log.Removed(_queue, id);

    internal void Requeued(QueueId old, QueueId id) => Log.Requeued(_queue, old, id);

    internal void Corrupt(QueueId id, string reason) => Log.Corrupt(_queue, id, reason);

    internal void DelivererFailed(QueueId id, Exception failure) => Log.DelivererFailed(_queue, failure, id);

    internal void CommitFailed(QueueId id, Exception failure) => Log.CommitFailed(_queue, failure, id);

    internal void LoadFailed(Exception failure) => Log.LoadFailed(_queue, failure);

    internal void ReportFailed(QueueId id, Exception failure) => Log.ReportFailed(_queue, failure, id);

    internal void ReportMade(QueueId id, ReportKind kind, ReportReader reader, QueueId report) => Log.ReportMade(
        _bounce, id, reader == ReportReader.Sender ? "sender" : "postmaster", kind switch { ReportKind.Failure => "non-delivery", ReportKind.Delay => "delay", _ => "delivery status" }, report);

    internal void NoticeDiscarded(QueueId id) => Log.NoticeDiscarded(_bounce, id);

    internal void Tried(Job job, DateTimeOffset begun, DateTimeOffset ended, QueuedRecipient recipient, RecipientOutcome outcome, string status)
    {
        var logger = _transports.GetOrAdd(job.Route.Transport, static (name, factory) => factory.CreateLogger(name), loggers);
        if (!logger.IsEnabled(LogLevel.Information)) return;
        var active = job.Active;
        var delay = Seconds(ended - active.Entered);
        var delays = $"{Seconds(active.Activated - active.Entered)}/{Seconds(begun - active.Activated)}/0/{Seconds(ended - begun)}";
        var dsn = outcome.Status.ToString();
        if (recipient.Original is { } original && original != recipient.Address)
            Log.TriedAlias(logger, active.Message.Id, recipient.Address.ToString(), original.ToString(), outcome.Relay, delay, delays, dsn, status, outcome.Text);
        else
            Log.Tried(logger, active.Message.Id, recipient.Address.ToString(), outcome.Relay, delay, delays, dsn, status, outcome.Text);
    }

    /// <summary>Two digits that matter, none below a hundredth.</summary>
    internal static string Seconds(TimeSpan time)
    {
        var seconds = Math.Max(0, time.TotalSeconds);
        var digits = seconds >= 10 ? 0 : seconds >= 1 ? 1 : 2;
        return Math.Round(seconds, digits).ToString("0.##", CultureInfo.InvariantCulture);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{QueueId}: from=<{Sender}>, size={Size}, nrcpt={Recipients} (queue active)")]
        internal static partial void Active(ILogger logger, QueueId queueId, string sender, long size, int recipients);

        [LoggerMessage(2, LogLevel.Information, "{QueueId}: from=<{Sender}>, status=expired, returned to sender")]
        internal static partial void Expired(ILogger logger, QueueId queueId, string sender);

        [LoggerMessage(3, LogLevel.Information, "{QueueId}: removed")]
        internal static partial void Removed(ILogger logger, QueueId queueId);

        [LoggerMessage(4, LogLevel.Information, "{QueueId}: to=<{Recipient}>, relay={Relay}, delay={Delay}, delays={Delays}, dsn={Dsn}, status={Status} ({Text})")]
        internal static partial void Tried(ILogger logger, QueueId queueId, string recipient, string relay, string delay, string delays, string dsn, string status, string text);

        [LoggerMessage(5, LogLevel.Information, "{QueueId}: to=<{Recipient}>, orig_to=<{Original}>, relay={Relay}, delay={Delay}, delays={Delays}, dsn={Dsn}, status={Status} ({Text})")]
        internal static partial void TriedAlias(ILogger logger, QueueId queueId, string recipient, string original, string relay, string delay, string delays, string dsn, string status, string text);

        [LoggerMessage(6, LogLevel.Error, "{QueueId}: corrupt, set aside: {Reason}")]
        internal static partial void Corrupt(ILogger logger, QueueId queueId, string reason);

        [LoggerMessage(7, LogLevel.Error, "{QueueId}: the attempt failed unexpectedly and is deferred")]
        internal static partial void DelivererFailed(ILogger logger, Exception failure, QueueId queueId);

        [LoggerMessage(8, LogLevel.Error, "{QueueId}: the outcome can't be kept yet, trying again")]
        internal static partial void CommitFailed(ILogger logger, Exception failure, QueueId queueId);

        [LoggerMessage(9, LogLevel.Error, "the queue store can't be read, trying again")]
        internal static partial void LoadFailed(ILogger logger, Exception failure);

        [LoggerMessage(10, LogLevel.Error, "{QueueId}: a report can't be made, it is tried again later")]
        internal static partial void ReportFailed(ILogger logger, Exception failure, QueueId queueId);

        [LoggerMessage(11, LogLevel.Information, "{QueueId}: {Reader} {Kind} notification: {Report}")]
        internal static partial void ReportMade(ILogger logger, QueueId queueId, string reader, string kind, QueueId report);

        [LoggerMessage(12, LogLevel.Warning, "{QueueId}: undeliverable postmaster notification discarded")]
        internal static partial void NoticeDiscarded(ILogger logger, QueueId queueId);

        [LoggerMessage(20, LogLevel.Information, "{QueueId}: requeued as {NewId}")]
        internal static partial void Requeued(ILogger logger, QueueId queueId, QueueId newId);
    }
}
