using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class QueueClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly SteppedTime _time = new(Noon);

    [Theory]
    [InlineData(30)]
    [InlineData(-30)]
    public void Wall_clock_that_jumps_changes_no_age(int days)
    {
        var clock = new QueueClock(_time, new StoredClock(null, null, null));
        _time.Now += TimeSpan.FromDays(days);
        _time.Monotonic += TimeSpan.TicksPerMinute;

        Assert.Equal(Noon + TimeSpan.FromMinutes(1), clock.Now);
    }

    [Fact]
    public void Time_between_two_runs_counts()
    {
        var clock = new QueueClock(_time, new StoredClock(Noon - TimeSpan.FromDays(3), Noon - TimeSpan.FromMinutes(10), null));

        Assert.Equal(Noon - TimeSpan.FromDays(3) + TimeSpan.FromMinutes(10), clock.Now);
    }

    [Fact]
    public void Jump_between_two_runs_counts_little()
    {
        var clock = new QueueClock(_time, new StoredClock(Noon, Noon - TimeSpan.FromDays(30), null));

        Assert.Equal(Noon + QueueClock.MaximalGap, clock.Now);
    }

    [Fact]
    public void Clock_never_goes_back_over_a_restart()
    {
        var clock = new QueueClock(_time, new StoredClock(Noon, Noon + TimeSpan.FromDays(30), null));

        Assert.Equal(Noon, clock.Now);
    }

    [Fact]
    public void People_see_the_wall_clock()
    {
        var clock = new QueueClock(_time, new StoredClock(Noon - TimeSpan.FromDays(3), Noon, null));

        Assert.Equal(Noon + TimeSpan.FromMinutes(5), clock.ToWall(clock.Now + TimeSpan.FromMinutes(5)));
    }
}
