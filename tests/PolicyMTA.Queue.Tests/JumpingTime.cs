using Microsoft.Extensions.Time.Testing;

namespace PolicyMTA.Queue.Tests;

/// <summary>A fake clock whose wall time can be set apart from its timers.</summary>
internal sealed class JumpingTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    internal TimeSpan Jump { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Jump;

    public override long GetTimestamp() => base.GetUtcNow().UtcTicks;
}
