using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PolicyMTA.Receiving.Milters;

/// <summary>
/// Counts what milters failed to do. Mail that passes a failed milter is nobody's refusal, so the log is told, but not of each message: at most once a minute for a milter. As long as the
/// process; thread-safe.
/// </summary>
public sealed class MilterFailures(Meter meter, TimeProvider time)
{
    /// <summary>A metric's name.</summary>
    public const string Metric = "policymta_milter_failures_total";

    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(1);

    private readonly Counter<long> _failures = meter.CreateCounter<long>(Metric, null, "Milters that failed a message, by milter and by the default action that held; with accept and quarantine the mail went on without it.");
    private readonly ConcurrentDictionary<string, Silence> _silences = new(StringComparer.Ordinal);

    /// <summary>Counts a failure. How many are untold since the last line of the log; null when this one shall not be told either.</summary>
    internal int? Count(string milter, MilterDefaultAction action)
    {
        _failures.Add(1, new("milter", milter), new("action", action.ToString().ToLowerInvariant()));
        if (action is not (MilterDefaultAction.Accept or MilterDefaultAction.Quarantine)) return 0;
        var silence = _silences.GetOrAdd(milter, _ => new Silence());
        lock (silence)
        {
            var now = time.GetTimestamp();
            if (silence.Since is { } since && time.GetElapsedTime(since, now) < BetweenWarnings)
            {
                silence.Untold++;
                return null;
            }
            var untold = silence.Untold;
            (silence.Since, silence.Untold) = (now, 0);
            return untold;
        }
    }

    private sealed class Silence
    {
        internal long? Since { get; set; }
        internal int Untold { get; set; }
    }
}
