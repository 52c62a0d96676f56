namespace PolicyMTA.Queue.Scheduling;

/// <summary>
/// How much of one destination of the store is in memory. It bounds each destination by itself, so that a slow one can't fill the memory of the others:
/// what goes beyond waits in the store. Guarded by the scheduler's lock.
/// </summary>
internal sealed class Intake(string destination)
{
    internal string Destination { get; } = destination;

    /// <summary>Recipients in memory.</summary>
    internal int Outstanding { get; set; }

    /// <summary>More is due in the store; claimed when there is room again.</summary>
    internal bool IsParked { get; set; }
}
