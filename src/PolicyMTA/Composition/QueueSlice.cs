using PolicyMTA.Configuration;
using PolicyMTA.Queue;

namespace PolicyMTA.Composition;

/// <summary>What the queue goes by, in its own words.</summary>
internal static class QueueSlice
{
    private const string Local = "local";

    /// <summary>The queue's settings; folder and node count only at the start.</summary>
    public static QueueSettings Of(MailConfiguration configuration)
    {
        var parameters = configuration.Parameters;
        var (general, own) = TransportKeys.Read(parameters);
        return new QueueSettings
        {
            Folder = configuration.Queue.Folder,
            Node = configuration.Queue.Node ?? Environment.MachineName,
            MinFree = MinFree(parameters),
            MinimalBackoff = parameters.Duration("minimal_backoff_time"),
            MaximalBackoff = parameters.Duration("maximal_backoff_time"),
            MaximalQueueLifetime = parameters.Duration("maximal_queue_lifetime"),
            BounceQueueLifetime = parameters.Duration("bounce_queue_lifetime"),
            DelayWarningTime = parameters.Duration("delay_warning_time"),
            DefaultLimits = general,
            TransportLimits = WithLocal(own, general, parameters),
            HoldAll = configuration.Queue.HoldDeliveries,
            SoftBounce = parameters.Boolean("soft_bounce"),
            NotifyClasses = NotifyClassNames.Of(parameters.List("notify_classes")),
        };
    }

    // local_destination_recipient_limit = 1 and local_destination_concurrency_limit = 2, where nothing else is said: each user is a destination.
    private static Dictionary<string, TransportLimits> WithLocal(IReadOnlyDictionary<string, TransportLimits> own, TransportLimits general, Parameters parameters)
    {
        var all = own.ToDictionary(StringComparer.Ordinal);
        var local = all.GetValueOrDefault(Local, general);
        if (!parameters.Given.ContainsKey("local_destination_recipient_limit")) local = local with { DestinationRecipients = 1 };
        if (!parameters.Given.ContainsKey("local_destination_concurrency_limit")) local = local with { DestinationConcurrency = 2 };
        all[Local] = local;
        return all;
    }

    // As smtpd(8): room for one and a half of the largest messages, whatever queue_minfree says.
    private static long MinFree(Parameters parameters) =>
        Math.Max(parameters.Int64("queue_minfree"), parameters.Int64("message_size_limit") / 2 * 3);
}
