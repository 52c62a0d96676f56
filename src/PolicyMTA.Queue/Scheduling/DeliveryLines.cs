using System.Diagnostics.CodeAnalysis;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>All that waits for its turn: transports take turns, in each its destinations, in each its messages. Guarded by the scheduler's lock.</summary>
internal sealed class DeliveryLines(Func<QueueSettings> settings, QueueClock clock)
{
    private const int IdleDestinationsKept = 10_000;

    private readonly Dictionary<Route, Destination> _destinations = [];
    private readonly Dictionary<string, TransportLine> _transports = new(StringComparer.Ordinal);
    private readonly List<TransportLine> _turns = [];
    private readonly PriorityQueue<Destination?, DateTimeOffset> _resting = new();
    private int _turn, _pruneAt = IdleDestinationsKept;

    /// <summary>Puts the attempts of one message at one route in line; when the destination is dead they are not taken, and <paramref name="death"/> says why.</summary>
    internal bool TryEnqueue(IReadOnlyList<Job> jobs, DeliveryPriority priority, [NotNullWhen(false)] out RecipientOutcome? death)
    {
        var destination = FindOrAdd(jobs[0].Route);
        death = destination.DeadUntil > clock.Now ? destination.Death : null;
        if (death is not null) return false;
        destination.Waiting.Enqueue(jobs, priority);
        destination.Transport.Join(destination, clock.Now);
        return true;
    }

    /// <summary>The next attempt in turn that <paramref name="choose"/> still wants (it may narrow it), when one may begin now.</summary>
    internal bool TryBegin(Func<Job, Job?> choose, [NotNullWhen(true)] out Job? job)
    {
        Rouse();
        for (var asked = 0; asked < _turns.Count; asked++)
        {
            var transport = _turns[_turn++ % _turns.Count];
            while (transport.TryTake(clock.Now, out var destination))
            {
                job = destination.Waiting.TryDequeue(out var next) ? choose(next) : null;
                if (job is not null) Begin(destination);
                transport.Join(destination, clock.Now);
                if (job is not null) return true;
            }
        }
        job = null;
        return false;
    }

    /// <summary>When something that rests may go on; null when nothing rests.</summary>
    internal DateTimeOffset? FindRousing() => _resting.TryPeek(out _, out var time) ? time : null;

    /// <summary>An attempt ended, at <paramref name="ended"/>: its commit came after that. Gives the jobs that are put off because their destination is dead now.</summary>
    internal IReadOnlyList<Job> End(Route route, DateTimeOffset ended, bool? isReached, RecipientOutcome? outcome)
    {
        var destination = _destinations[route];
        destination.Transport.End();
        destination.End(ended);
        if (isReached is { } reached && outcome is not null)
        {
            if (reached) destination.Succeeded();
            else if (destination.Failed(ended, settings().MinimalBackoff, outcome)) return destination.Waiting.TakeAll();
        }
        if (destination.RestsUntil > clock.Now) _resting.Enqueue(destination, destination.RestsUntil);
        else destination.Transport.Join(destination, clock.Now);
        return [];
    }

    internal List<Job> TakeWaiting() => [.. _destinations.Values.SelectMany(destination => destination.Waiting.TakeAll())];

    internal void Revive()
    {
        foreach (var destination in _destinations.Values) destination.Revive();
    }

    private void Begin(Destination destination)
    {
        destination.Begin();
        destination.Transport.Begin(clock.Now);
        if (destination.Transport.RestsUntil > clock.Now) _resting.Enqueue(null, destination.Transport.RestsUntil);
    }

    private void Rouse()
    {
        while (_resting.TryPeek(out var destination, out var time) && time <= clock.Now)
        {
            _resting.Dequeue();
            destination?.Transport.Join(destination, clock.Now);
        }
    }

    private Destination FindOrAdd(Route route)
    {
        if (_destinations.TryGetValue(route, out var destination)) return destination;
        if (_destinations.Count >= _pruneAt) Prune();
        if (!_transports.TryGetValue(route.Transport, out var transport))
        {
            _transports.Add(route.Transport, transport = new TransportLine(() => settings().LimitsOf(route.Transport)));
            _turns.Add(transport);
        }
        destination = new Destination(transport);
        _destinations.Add(route, destination);
        return destination;
    }

    // The next time when there are twice as many as stayed, so that many that are dead are not gone through for each new one.
    private void Prune()
    {
        foreach (var (route, destination) in _destinations)
        {
            if (destination.IsIdle && !destination.IsInRound && destination.DeadUntil <= clock.Now && destination.RestsUntil <= clock.Now) _destinations.Remove(route);
        }
        _pruneAt = Math.Max(IdleDestinationsKept, 2 * _destinations.Count);
    }
}
