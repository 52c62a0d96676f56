using Microsoft.Extensions.Logging;

namespace PolicyMTA.Receiving.Limits;

/// <summary>How many sessions there are against how many there may be, and whether that is stress (Postfix STRESS_README). Lives as long as the process. Thread-safe.</summary>
internal sealed partial class ServerLoad(ILogger log)
{
    // Postfix: stress begins when all processes are busy. Here a little sooner, and it ends well below, so that it does not flicker.
    private const double StressBegins = 0.8;
    private const double StressEnds = 0.6;
    // A twentieth of the places, and some, is for our own networks alone.
    private const int ReservedShare = 20;
    private const int LeastReserved = 10;

    private readonly Lock _gate = new();
    private int _open;
    private int _limit;

    /// <summary>Sessions get short timeouts now.</summary>
    internal bool IsStressed { get; private set; }

    /// <summary>Counts a session in, always; false when it is one too many.</summary>
    internal bool TryEnter(int limit, bool isTrusted)
    {
        lock (_gate)
        {
            _open++;
            _limit = limit;
            Weigh();
            return limit <= 0 || _open <= limit + (isTrusted ? Math.Max(LeastReserved, limit / ReservedShare) : 0);
        }
    }

    internal void Leave()
    {
        lock (_gate)
        {
            _open--;
            Weigh();
        }
    }

    private void Weigh()
    {
        var isStressed = _limit > 0 && _open > _limit * (IsStressed ? StressEnds : StressBegins);
        if (isStressed == IsStressed) return;
        IsStressed = isStressed;
        if (isStressed) Log.Begins(log, _open, _limit);
        else Log.Ends(log, _open, _limit);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "stress: {Open} of {Limit} sessions are open; new ones get short timeouts")]
        internal static partial void Begins(ILogger logger, int open, int limit);

        [LoggerMessage(Level = LogLevel.Information, Message = "stress is over: {Open} of {Limit} sessions are open")]
        internal static partial void Ends(ILogger logger, int open, int limit);
    }
}
