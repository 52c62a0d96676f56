using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>What the queue goes by. An immutable value; all but folder and node may change by <see cref="MessageQueue.Apply"/>.</summary>
public sealed record QueueSettings
{
    /// <summary>Where the store keeps its files.</summary>
    public required string Folder { get; init; }
    /// <summary>The name of this machine in queue ids and claims; must differ between machines that share a queue.</summary>
    public string Node { get; init; } = Environment.MachineName;
    /// <summary>Contents up to this size stay in memory and are kept as a row.</summary>
    public int InlineLimit { get; init; } = 65_536;
    /// <summary><c>queue_minfree</c>: bytes that must stay free beside a new message.</summary>
    public long MinFree { get; init; }
    /// <summary><c>minimal_backoff_time</c>.</summary>
    public TimeSpan MinimalBackoff { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary><c>maximal_backoff_time</c>.</summary>
    public TimeSpan MaximalBackoff { get; init; } = TimeSpan.FromSeconds(4000);
    /// <summary><c>maximal_queue_lifetime</c>.</summary>
    public TimeSpan MaximalQueueLifetime { get; init; } = TimeSpan.FromDays(5);
    /// <summary><c>bounce_queue_lifetime</c>: of messages with a null sender.</summary>
    public TimeSpan BounceQueueLifetime { get; init; } = TimeSpan.FromDays(5);
    /// <summary><c>delay_warning_time</c>; zero: no warnings.</summary>
    public TimeSpan DelayWarningTime { get; init; }
    /// <summary>The limits of transports that have none of their own.</summary>
    public TransportLimits DefaultLimits { get; init; } = new();
    /// <summary>The limits of transports by name.</summary>
    public IReadOnlyDictionary<string, TransportLimits> TransportLimits { get; init; } = new Dictionary<string, TransportLimits>();
    /// <summary>Everything that arrives is held until somebody releases it.</summary>
    public bool HoldAll { get; init; }
    /// <summary>Bytes of contents kept in memory until they are delivered; what comes beyond waits in the store.</summary>
    public long MemoryLimit { get; init; } = 64 << 20;
    /// <summary><c>soft_bounce</c>: failures for good become deferrals.</summary>
    public bool SoftBounce { get; init; }

    /// <summary><c>notify_classes</c>: what the postmaster is told of.</summary>
    public NotifyClasses NotifyClasses { get; init; }

    internal TransportLimits LimitsOf(string transport) => TransportLimits.GetValueOrDefault(transport) ?? DefaultLimits;
}
