using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using PolicyMTA.Policy;

namespace PolicyMTA.Traces;

/// <summary>
/// Takes traces from sessions and writes them in batches on a task of its own. Sessions never wait: when it can't keep up, traces are lost and counted. Process-lived.
/// </summary>
internal sealed partial class TraceRecorder : IDecisionRecorder, IAsyncDisposable
{
    /// <summary>How many wait to be written.</summary>
    public const int Waiting = 8192;

    private const int MostAtOnce = 1000;

    // One transaction for what comes within this time: a transaction costs as much as a dozen traces.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenComplaints = TimeSpan.FromMinutes(1);

    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly TraceSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Task _writing;
    private volatile TaskCompletionSource _hurry = NewHurry();
    private TraceDatabase? _database;
    private long _written;
    private long _dropped;
    private long _complained;

    /// <summary>Opens the database, if one is to be kept.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public TraceRecorder(TraceSettings settings, TimeProvider time, ILogger log, Meter meter)
    {
        (_settings, _time, _log) = (settings, time, log);
        _complained = time.GetTimestamp() - (long)(BetweenComplaints.TotalSeconds * time.TimestampFrequency);
        if (settings.File is not null) _database = TraceDatabase.Open(settings, time);
        meter.CreateObservableCounter("policymta_traces_written_total", () => Interlocked.Read(ref _written), null, "Decision traces that were kept.");
        meter.CreateObservableCounter("policymta_traces_dropped_total", () => Dropped, null, "Decision traces that were lost, because they came too fast or could not be written.");
        _writing = _database is null ? Task.CompletedTask : Task.Run(WriteAsync);
    }

    /// <summary>Live traces.</summary>
    public TraceFeed Feed { get; } = new();

    /// <inheritdoc/>
    public bool IsWanted => _settings.File is not null || Feed.HasReaders;

    /// <summary>How many were lost.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <inheritdoc/>
    public void Take(DecisionTrace trace)
    {
        Feed.Publish(trace);
        if (_settings.File is not null && !_entries.Writer.TryWrite(new Entry(trace, null))) Interlocked.Increment(ref _dropped);
    }

    /// <summary>What is kept of a message or a session, oldest first, with all that was decided before this call; null when nothing is kept at all.</summary>
    public async Task<IReadOnlyList<DecisionTrace>?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (_settings.File is null) return null;
        await FlushAsync(cancellationToken);
        return await Task.Run(() => TraceReader.Find(_settings, id, _time.GetUtcNow()), cancellationToken);
    }

    /// <summary>Waits until what was taken so far is written.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_settings.File is null) return;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _hurry.TrySetResult();
            await _entries.Writer.WriteAsync(new Entry(null, done), cancellationToken);
            _hurry.TrySetResult();
        }
        catch (ChannelClosedException)
        {
            return;
        }
        await done.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Feed.Close();
        _entries.Writer.TryComplete();
        _hurry.TrySetResult();
        await _writing;
        _database?.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new List<DecisionTrace>(MostAtOnce);
        var flushed = new List<TaskCompletionSource>();
        while (await _entries.Reader.WaitToReadAsync())
        {
            if (_entries.Reader.Count < MostAtOnce && !_entries.Reader.Completion.IsCompleted) await Task.WhenAny(Task.Delay(Pause, _time), _hurry.Task);
            // First the signal, then the entries: one that comes in between finds the new signal.
            _hurry = NewHurry();
            while (_entries.Reader.TryRead(out var entry))
            {
                if (entry.Trace is { } trace) batch.Add(trace);
                if (entry.Flushed is { } waits) flushed.Add(waits);
                if (batch.Count >= MostAtOnce) Write(batch);
            }
            Write(batch);
            foreach (var waits in flushed) waits.TrySetResult();
            flushed.Clear();
        }
    }

    private void Write(List<DecisionTrace> batch)
    {
        if (batch.Count == 0) return;
        try
        {
            _database ??= TraceDatabase.Open(_settings, _time);
            _database.Write(batch);
            Interlocked.Add(ref _written, batch.Count);
        }
        catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _dropped, batch.Count);
            Complain(failure);
            // It is opened again for the next ones, anew when it is broken.
            _database?.Dispose();
            _database = null;
            if (failure is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB }) TraceDatabase.Delete(_settings.File!);
        }
        batch.Clear();
    }

    private void Complain(Exception failure)
    {
        if (_time.GetElapsedTime(_complained) < BetweenComplaints) return;
        _complained = _time.GetTimestamp();
        Log.NotWritten(_log, _settings.File!, failure.Message);
    }

    private static TaskCompletionSource NewHurry() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly record struct Entry(DecisionTrace? Trace, TaskCompletionSource? Flushed);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "decision traces can't be written to {File}: {Reason}; mail goes on without them")]
        public static partial void NotWritten(ILogger logger, string file, string reason);
    }
}
