namespace PolicyMTA.PluginHost.Tests;

/// <summary>Time in which every pause is over at once, and something happens during it.</summary>
internal sealed class PausingTime(Action during) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        during();
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
