namespace PolicyMTA.Rehearsals;

/// <summary>A clock that stands still until a test moves it. Thread-safe.</summary>
internal sealed class RehearsalClock : TimeProvider
{
    private const int MostRings = 100;

    private readonly Lock _gate = new();
    private readonly List<StillTimer> _timers = [];
    private DateTimeOffset _now = Beginning;

    /// <summary>What a test finds when it begins.</summary>
    public static DateTimeOffset Beginning { get; } = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StillTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Back to the beginning; what was to ring then never will.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _now = Beginning;
            _timers.Clear();
        }
    }

    /// <summary>Moves on, and rings what is due on the way, in order.</summary>
    public void MoveTo(DateTimeOffset time)
    {
        while (TakeDue(time) is { } timer) timer.Ring();
        lock (_gate) _now = time > _now ? time : _now;
    }

    // Over years nobody counts the seconds: of many rings that one move brings, only the last ones come.
    private static DateTimeOffset Following(StillTimer timer, DateTimeOffset until)
    {
        var left = (until - timer.Due).Ticks / timer.Period.Ticks;
        return timer.Due + timer.Period * Math.Max(1, left - MostRings);
    }

    private StillTimer? TakeDue(DateTimeOffset until)
    {
        lock (_gate)
        {
            var due = _timers.Where(t => t.Due <= until).MinBy(t => t.Due);
            if (due is null) return null;
            _now = due.Due > _now ? due.Due : _now;
            if (due.Period > TimeSpan.Zero) due.Due = Following(due, until);
            else _timers.Remove(due);
            return due;
        }
    }

    private sealed class StillTimer(RehearsalClock clock, Action ring) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                if (dueTime < TimeSpan.Zero) return true;
                (Due, Period) = (clock._now + dueTime, period);
                clock._timers.Add(this);
            }
            // What is due at once need not wait for a test to move the clock.
            if (dueTime == TimeSpan.Zero && period <= TimeSpan.Zero) clock.MoveTo(clock.GetUtcNow());
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
