using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>The jobs of one route, and how many of them may run at once. Guarded by the scheduler's lock.</summary>
internal sealed class Destination(Route route, int window)
{
    private double _failedCohorts;

    internal Route Route { get; } = route;
    internal Queue<Job> Waiting { get; } = new();

    /// <summary>Attempts under way.</summary>
    internal int Running { get; private set; }

    /// <summary>Attempts allowed at once.</summary>
    internal int Window { get; private set; } = window;

    /// <summary>It has a place in the round.</summary>
    internal bool IsInRound { get; set; }

    /// <summary>It answered nothing to a whole window of attempts: not tried before then.</summary>
    internal DateTimeOffset DeadUntil { get; private set; }

    /// <summary>What it died of; null as long as it never did.</summary>
    internal RecipientOutcome? Death { get; private set; }

    internal bool IsReady => Waiting.Count > 0 && Running < Window;

    internal bool IsIdle => Waiting.Count == 0 && Running == 0;

    internal void Begin() => Running++;

    /// <summary>An attempt reached the next hop, whatever it said.</summary>
    internal void Succeeded(int limit)
    {
        Running--;
        _failedCohorts = 0;
        Window = Math.Min(limit, Window + 1);
    }

    /// <summary>An attempt did not reach the next hop; true when that was the last straw.</summary>
    internal bool Failed(DateTimeOffset now, TimeSpan rest, RecipientOutcome outcome)
    {
        Running--;
        _failedCohorts += 1.0 / Window;
        Window = Math.Max(1, Window - 1);
        if (_failedCohorts < 1) return false;
        (DeadUntil, Death, _failedCohorts) = (now + rest, outcome, 0);
        return true;
    }

    /// <summary>An attempt ended without saying anything about the next hop.</summary>
    internal void Ended() => Running--;

    internal void Revive() => DeadUntil = default;
}
