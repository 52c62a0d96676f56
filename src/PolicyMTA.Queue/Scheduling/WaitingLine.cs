using PolicyMTA.Sdk;

using System.Diagnostics.CodeAnalysis;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>
/// What waits at one destination. Messages take turns, one attempt each, so that one to a few recipients is not behind one to thousands; a higher priority has
/// four turns to one of the next lower. Guarded by the scheduler's lock.
/// </summary>
internal sealed class WaitingLine
{
    private readonly Lane?[] _lanes = new Lane?[3];
    private long _now;

    /// <summary>Attempts to come.</summary>
    internal int Count { get; private set; }

    /// <summary>Puts the attempts of one message at the end of the line.</summary>
    internal void Enqueue(IReadOnlyList<Job> jobs, DeliveryPriority priority)
    {
        var lane = _lanes[(int)priority] ??= new Lane(1L << (2 * (int)priority));
        if (lane.Turns.Count == 0) lane.Next = Math.Max(lane.Next, _now);
        lane.Turns.Enqueue(new Turn(jobs));
        Count += jobs.Count;
    }

    internal bool TryDequeue([NotNullWhen(true)] out Job? job)
    {
        Lane? chosen = null;
        foreach (var lane in _lanes)
        {
            if (lane is { Turns.Count: > 0 } && (chosen is null || lane.Next < chosen.Next)) chosen = lane;
        }
        job = null;
        if (chosen is null) return false;
        _now = chosen.Next;
        chosen.Next += chosen.Stride;
        var turn = chosen.Turns.Dequeue();
        job = turn.Jobs[turn.Index++];
        if (turn.Index < turn.Jobs.Count) chosen.Turns.Enqueue(turn);
        Count--;
        return true;
    }

    internal List<Job> TakeAll()
    {
        var all = new List<Job>(Count);
        while (TryDequeue(out var job)) all.Add(job);
        return all;
    }

    private sealed class Turn(IReadOnlyList<Job> jobs)
    {
        internal IReadOnlyList<Job> Jobs { get; } = jobs;
        internal int Index { get; set; }
    }

    // Stride scheduling: the lane whose next turn is earliest goes.
    private sealed class Lane(long stride)
    {
        internal long Stride { get; } = stride;
        internal long Next { get; set; }
        internal Queue<Turn> Turns { get; } = new();
    }
}
