using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>
/// The clock of ages and due times: it starts at the wall clock's time and from then on only follows the monotonic clock, so that a wall clock that jumps
/// expires nothing and delays nothing. Saved with the queue, it goes on where it stood.
/// </summary>
internal sealed class QueueClock
{
    /// <summary>
    /// How much of the time between two runs counts. Whether a server was off or its clock was changed meanwhile can't be told apart; an hour and more makes
    /// every deferred message due, and no more than that is taken off a message's lifetime.
    /// </summary>
    internal static readonly TimeSpan MaximalGap = TimeSpan.FromSeconds(4000);

    private readonly TimeProvider _time;
    private readonly DateTimeOffset _base;
    private readonly long _started;

    internal QueueClock(TimeProvider time, StoredClock stored)
    {
        (_time, _started) = (time, time.GetTimestamp());
        var wall = time.GetUtcNow();
        _base = stored is { QueueTime: { } saved, Wall: { } savedWall } ? saved + TimeSpan.FromTicks(Math.Clamp((wall - savedWall).Ticks, 0, MaximalGap.Ticks)) : wall;
    }

    /// <summary>Never less than before.</summary>
    internal DateTimeOffset Now => _base + _time.GetElapsedTime(_started);

    internal DateTimeOffset Wall => _time.GetUtcNow();

    internal TimeProvider Time => _time;

    /// <summary>A time of this clock as the wall clock shows it.</summary>
    internal DateTimeOffset ToWall(DateTimeOffset time) => Wall + (time - Now);
}
