using PolicyMTA.Rehearsals;

namespace PolicyMTA.Tests.Rehearsals;

public sealed class RehearsalClockTests
{
    private readonly RehearsalClock _clock = new();

    [Fact]
    public void Timers_ring_in_order_at_their_own_time_and_not_before()
    {
        var rung = new List<string>();
        using var late = _clock.CreateTimer(_ => Note("late"), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var often = _clock.CreateTimer(_ => Note("often"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        using var gone = _clock.CreateTimer(_ => Note("gone"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        gone.Dispose();
        _clock.MoveTo(RehearsalClock.Beginning + TimeSpan.FromSeconds(1.9));
        Assert.Empty(rung);
        _clock.MoveTo(RehearsalClock.Beginning + TimeSpan.FromSeconds(4));
        Assert.Equal(["often 2", "late 3", "often 4"], rung);

        void Note(string what) => rung.Add($"{what} {(_clock.GetUtcNow() - RehearsalClock.Beginning).TotalSeconds:0}");
    }

    [Fact]
    public void Years_are_no_wait_for_a_timer_of_a_second()
    {
        var rung = 0;
        using var timer = _clock.CreateTimer(_ => rung++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _clock.MoveTo(RehearsalClock.Beginning + TimeSpan.FromDays(3650));
        Assert.InRange(rung, 2, 200);
        rung = 0;
        _clock.MoveTo(_clock.GetUtcNow() + TimeSpan.FromSeconds(5));
        Assert.Equal(5, rung);
    }

    [Fact]
    public async Task Delay_ends_when_the_clock_moves()
    {
        var delay = Task.Delay(TimeSpan.FromMinutes(5), _clock);
        Assert.False(delay.IsCompleted);
        _clock.MoveTo(RehearsalClock.Beginning + TimeSpan.FromMinutes(5));
        await delay.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void It_never_goes_back_but_at_a_reset()
    {
        _clock.MoveTo(RehearsalClock.Beginning + TimeSpan.FromHours(1));
        _clock.MoveTo(RehearsalClock.Beginning);
        Assert.Equal(RehearsalClock.Beginning + TimeSpan.FromHours(1), _clock.GetUtcNow());
        _clock.Reset();
        Assert.Equal(RehearsalClock.Beginning, _clock.GetUtcNow());
    }
}
