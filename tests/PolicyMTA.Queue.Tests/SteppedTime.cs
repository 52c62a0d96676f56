namespace PolicyMTA.Queue.Tests;

/// <summary>A wall clock that jumps while the monotonic clock goes on.</summary>
internal sealed class SteppedTime(DateTimeOffset now) : TimeProvider
{
    internal DateTimeOffset Now { get; set; } = now;
    internal long Monotonic { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() => Monotonic;
}
