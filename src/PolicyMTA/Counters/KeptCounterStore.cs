using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Counters;

/// <summary>
/// Counters in memory that outlive the process: what changed is written every second, by a task of its own, so that no session ever waits for the disk. A crash forgets the last second. While the disk
/// takes nothing they go on in memory. Thread-safe.
/// </summary>
internal sealed partial class KeptCounterStore : ICounterStore
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenCleanings = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenComplaints = TimeSpan.FromMinutes(1);

    private readonly MemoryCounterStore _memory;
    private readonly ConcurrentDictionary<string, bool> _changed = new(StringComparer.Ordinal);
    private readonly CounterFile _file;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _writing;
    private long _lastCleaned;
    private long? _lastComplaint;

    /// <summary>Opens the file and reads what it holds.</summary>
    /// <exception cref="ConfigurationException">It can't be opened.</exception>
    public KeptCounterStore(string path, int limit, TimeProvider time, ILogger log)
    {
        (_time, _log, _lastCleaned) = (time, log, time.GetTimestamp());
        _memory = new MemoryCounterStore(time, limit) { Changed = key => _changed.TryAdd(key, true) };
        _file = CounterFile.Open(path, problem => Log.Broken(log, problem));
        foreach (var (key, entry) in _file.Load(time.GetUtcNow()).Take(limit)) _memory.Restore(key, entry);
        _writing = Task.Run(WriteUntilEndAsync);
    }

    /// <inheritdoc/>
    public ValueTask<long> GetAsync(string key, CancellationToken cancellationToken) => _memory.GetAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> AddAsync(string key, long amount, TimeSpan? timeToLive, CancellationToken cancellationToken) => _memory.AddAsync(key, amount, timeToLive, cancellationToken);

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, long value, TimeSpan? timeToLive, CancellationToken cancellationToken) => _memory.SetAsync(key, value, timeToLive, cancellationToken);

    /// <summary>Writes what waits and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _writing;
        WriteChanges();
        _file.Dispose();
        _end.Dispose();
    }

    private async Task WriteUntilEndAsync()
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token)) WriteChanges();
        }
        catch (OperationCanceledException) { }
    }

    private void WriteChanges()
    {
        List<string> keys = [.. _changed.Keys];
        // Taken off before it is read: a change that comes in between is written once more, never lost.
        foreach (var key in keys) _changed.TryRemove(key, out _);
        try
        {
            if (keys.Count > 0) _file.Write(keys.Select(key => (key, _memory.Find(key))));
            if (_time.GetElapsedTime(_lastCleaned) < BetweenCleanings) return;
            _lastCleaned = _time.GetTimestamp();
            _file.Forget(_time.GetUtcNow());
        }
        catch (SqliteException error)
        {
            foreach (var key in keys) _changed.TryAdd(key, true);
            if (_lastComplaint is { } last && _time.GetElapsedTime(last) < BetweenComplaints) return;
            _lastComplaint = _time.GetTimestamp();
            Log.NotWritten(_log, error.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
        public static partial void Broken(ILogger logger, string problem);

        [LoggerMessage(Level = LogLevel.Warning, Message = "counters are in memory only: {Problem}")]
        public static partial void NotWritten(ILogger logger, string problem);
    }
}
