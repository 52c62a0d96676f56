using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>What waits at one route, and how many attempts may run at once. Guarded by the scheduler's lock.</summary>
internal sealed class Destination
{
    private readonly TransportLine _transport;
    private double _failedCohorts, _credit;
    private int _window;

    internal Destination(TransportLine transport)
    {
        _transport = transport;
        _window = Math.Max(1, Math.Min(transport.Limits.InitialDestinationConcurrency, transport.Limits.DestinationConcurrency));
    }

    internal TransportLine Transport => _transport;

    internal WaitingLine Waiting { get; } = new();

    /// <summary>Attempts under way.</summary>
    internal int Running { get; private set; }

    /// <summary>Attempts allowed at once.</summary>
    internal int Window => _transport.Limits.DestinationRateDelay > TimeSpan.Zero ? 1 : Math.Min(_window, _transport.Limits.DestinationConcurrency);

    /// <summary>It has a place in its transport's round.</summary>
    internal bool IsInRound { get; set; }

    /// <summary>It rests after an attempt until then.</summary>
    internal DateTimeOffset RestsUntil { get; private set; }

    /// <summary>It answered nothing to a whole window of attempts: not tried before then.</summary>
    internal DateTimeOffset DeadUntil { get; private set; }

    /// <summary>What it died of; null as long as it never did.</summary>
    internal RecipientOutcome? Death { get; private set; }

    internal bool IsIdle => Waiting.Count == 0 && Running == 0;

    internal bool IsReady(DateTimeOffset now) => Waiting.Count > 0 && Running < Window && RestsUntil <= now;

    internal void Begin() => Running++;

    /// <summary>An attempt is over; its place is free after the destination's rest.</summary>
    internal void End(DateTimeOffset now)
    {
        Running--;
        if (_transport.Limits.DestinationRateDelay is var rest && rest > TimeSpan.Zero) RestsUntil = now + rest;
    }

    /// <summary>An attempt reached the next hop, whatever it said.</summary>
    internal void Succeeded()
    {
        _failedCohorts = 0;
        _credit += _transport.Limits.PositiveFeedback.At(_window);
        for (; _credit >= 1; _credit--) _window = Math.Min(_transport.Limits.DestinationConcurrency, _window + 1);
    }

    /// <summary>An attempt did not reach the next hop; true when that was the last straw.</summary>
    internal bool Failed(DateTimeOffset now, TimeSpan rest, RecipientOutcome outcome)
    {
        _failedCohorts += 1.0 / Window;
        _credit -= _transport.Limits.NegativeFeedback.At(_window);
        for (; _credit <= -1; _credit++) _window = Math.Max(1, _window - 1);
        if (_transport.Limits.FailedCohorts is var limit && (limit <= 0 || _failedCohorts < limit)) return false;
        (DeadUntil, Death, _failedCohorts) = (now + rest, outcome, 0);
        return true;
    }

    internal void Revive() => DeadUntil = default;
}
