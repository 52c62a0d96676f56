using System.Diagnostics.CodeAnalysis;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>The destinations of one transport that could begin an attempt, in the order of their turns. Guarded by the scheduler's lock.</summary>
internal sealed class TransportLine(Func<TransportLimits> limits)
{
    // The part of all places that a destination with attempts under way leaves free: however many are slow, another one begins at once.
    private const int ReserveShare = 10;

    private readonly Queue<(Destination Destination, long Place)> _fresh = new(), _others = new();
    private long _places;
    private int _running;

    internal TransportLimits Limits => limits();

    /// <summary>It rests after the begin of an attempt until then.</summary>
    internal DateTimeOffset RestsUntil { get; private set; }

    /// <summary>Gives a destination its place in the round, when it has something to do and none yet.</summary>
    internal void Join(Destination destination, DateTimeOffset now)
    {
        if (destination.IsInRound || !destination.IsReady(now)) return;
        destination.IsInRound = true;
        (destination.Running == 0 ? _fresh : _others).Enqueue((destination, _places++));
    }

    /// <summary>The destination whose turn it is, when one may begin.</summary>
    internal bool TryTake(DateTimeOffset now, [NotNullWhen(true)] out Destination? destination)
    {
        while (RestsUntil <= now && Choose() is { } line)
        {
            destination = line.Dequeue().Destination;
            destination.IsInRound = false;
            if (destination.IsReady(now)) return true;
        }
        destination = null;
        return false;
    }

    internal void Begin(DateTimeOffset now)
    {
        _running++;
        if (Limits.RateDelay is var rest && rest > TimeSpan.Zero) RestsUntil = now + rest;
    }

    internal void End() => _running--;

    private Queue<(Destination Destination, long Place)>? Choose()
    {
        var limit = Limits.Deliveries;
        var free = limit - _running;
        if (free <= 0) return null;
        var mayOthers = _others.Count > 0 && (free > limit / ReserveShare || limit == 1);
        if (_fresh.Count == 0) return mayOthers ? _others : null;
        return mayOthers && _others.Peek().Place < _fresh.Peek().Place ? _others : _fresh;
    }
}
