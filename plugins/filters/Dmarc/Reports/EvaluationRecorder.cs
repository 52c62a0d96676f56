using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>Writes what sessions saw into the database, in one task of its own: a session never waits for it. What is too much, or can't be written, is dropped and counted. Thread-safe.</summary>
internal sealed partial class EvaluationRecorder(string path, ReportSettings settings, Meter meter, TimeProvider time, ILogger log, int mostPages = ReportDatabase.MostPages)
{
    /// <summary>How many wait at most; some megabytes.</summary>
    internal const int Capacity = 10_000;

    // In one transaction.
    private const int MostAtOnce = 1000;

    // A record is some hundred bytes; one of this size is no policy, and would fill the database.
    private const int LongestRecord = 4096;

    private static readonly TimeSpan BetweenForgetting = TimeSpan.FromHours(1);

    private readonly Channel<Evaluation> _waiting = Channel.CreateBounded<Evaluation>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Counter<long> _recorded = meter.CreateCounter<long>("policymta_dmarc_evaluations_total", null, "DMARC evaluations kept for reports.");
    private readonly Counter<long> _dropped = meter.CreateCounter<long>("policymta_dmarc_evaluations_dropped_total", null, "DMARC evaluations that reports will not count: too many waited, or the database took none.");
    private ReportStore? _store;
    private DateTimeOffset? _forgotten;

    /// <summary>Hands over what a message came to, when a report tells of it; never waits.</summary>
    internal void Record(EndOfDataContext context, DmarcOutcome outcome, DmarcPolicy disposition, bool isTrusted)
    {
        if (Evaluation.Of(context, outcome, disposition, isTrusted, time.GetUtcNow()) is { } evaluation) Record(evaluation);
    }

    /// <summary>Hands one over; never waits.</summary>
    internal void Record(Evaluation evaluation)
    {
        if (evaluation.Published.Record.Text.Length > LongestRecord || !_waiting.Writer.TryWrite(evaluation)) _dropped.Add(1);
    }

    /// <summary>Writes until it is told to end, and then what still waits.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = cancellationToken.Register(() => _waiting.Writer.TryComplete());
        var batch = new List<Evaluation>();
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None))
            {
                while (batch.Count < MostAtOnce && _waiting.Reader.TryRead(out var evaluation)) batch.Add(evaluation);
                Write(batch);
                batch.Clear();
            }
        }
        finally
        {
            _store?.Dispose();
        }
    }

    private void Write(List<Evaluation> batch)
    {
        try
        {
            _store ??= new ReportStore(path, isDurable: false, mostPages);
            // First: a file that is full takes nothing before something goes.
            Forget(_store);
            _store.Add(batch, settings);
            _recorded.Add(batch.Count);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or ConfigurationException)
        {
            _dropped.Add(batch.Count);
            Log.NotWritten(log, path, batch.Count, e.Message);
            _store?.Dispose();
            _store = null;
        }
    }

    private void Forget(ReportStore store)
    {
        var now = time.GetUtcNow();
        if (now - _forgotten < BetweenForgetting) return;
        if (store.Forget(now - settings.Retention)) _forgotten = now;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}: {Count} DMARC evaluations are not written and will lack in reports: {Reason}")]
        public static partial void NotWritten(ILogger logger, string path, int count, string reason);
    }
}
