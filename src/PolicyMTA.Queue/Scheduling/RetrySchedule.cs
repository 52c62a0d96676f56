using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>When a deferred recipient is tried again, and when it is given up.</summary>
internal static class RetrySchedule
{
    private const double Jitter = 0.1;

    /// <summary>As long again as the message is old, within the limits, and a little scattered, so that what was deferred together does not come back together.</summary>
    /// <param name="random">Between 0 and 1.</param>
    internal static DateTimeOffset Next(DateTimeOffset now, TimeSpan age, QueueSettings settings, double random)
    {
        var pause = Math.Clamp(age.Ticks, settings.MinimalBackoff.Ticks, Math.Max(settings.MinimalBackoff.Ticks, settings.MaximalBackoff.Ticks));
        return now + TimeSpan.FromTicks((long)(pause * (1 - Jitter + 2 * Jitter * random)));
    }

    /// <summary>When a pause that an outcome asks for is over. A policy or a plugin may ask for any: the past is now, and no pause is longer than ten years, so that dates stay dates.</summary>
    internal static DateTimeOffset After(DateTimeOffset now, TimeSpan pause) => now + TimeSpan.FromTicks(Math.Clamp(pause.Ticks, 0, TimeSpan.FromDays(3650).Ticks));

    /// <param name="expire">The age that a policy set; null: none.</param>
    internal static bool HasExpired(QueuedMessage message, TimeSpan age, TimeSpan? expire, QueueSettings settings) =>
        age >= (expire ?? (message.Sender.IsNull ? settings.BounceQueueLifetime : settings.MaximalQueueLifetime));
}
