using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using PolicyMTA.Sdk;
using SQLitePCL;

namespace PolicyMTA.Lookups.Sqlite;

/// <summary>
/// Asks a SQLite database. A query runs on the caller's thread: a read of a local file takes microseconds, less than a change of threads; the one thing
/// that may take long, a lock, is waited for without the thread, and a query that computes for seconds is ended.
/// </summary>
internal sealed class SqliteTable : ILookupTable
{
    // Idle connections kept: as many as can run at once on most machines.
    private const int KeptReaders = 8;

    // A writer such as PostfixAdmin holds its lock for milliseconds.
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(10);

    private readonly SqliteTableOptions _options;
    private readonly TimeProvider _time;
    private readonly DatabaseFile _file;
    private readonly Lock _gate = new();
    private readonly ConcurrentStack<(SqliteReader Reader, int Epoch)> _readers = new();
    private int _epoch;
    private bool _isDisposed;

    /// <exception cref="ConfigurationException">The database can't be opened, or the query is wrong for it.</exception>
    internal SqliteTable(SqliteTableOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        Caching = options.Parameters.Caching(null);
        if (!File.Exists(options.DatabasePath)) throw options.Parameters.Mistake("dbpath", $"there is no file '{options.DatabasePath}'");
        _file = new DatabaseFile(options.DatabasePath, time);
        try
        {
            Return(Open(LockLimit), _epoch);
        }
        catch (SqliteException e)
        {
            throw options.Parameters.Mistake("dbpath", $"'{options.DatabasePath}': {e.Message}");
        }
        catch (SqliteQueryException e)
        {
            throw options.Parameters.Mistake(options.Parameters.Find("query") is null ? "select_field" : "query", e.Message);
        }
    }

    /// <inheritdoc/>
    public TableCaching? Caching { get; }

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (_options.Domains is { } domains)
        {
            var allowed = await domains.AllowsAsync(key, cancellationToken);
            if (!allowed.IsFound) return allowed;
        }
        if (!_options.Query.TryBind(key, out var parameters)) return LookupResult.None;
        try
        {
            var values = new List<string?>();
            var failure = await QueryAsync(parameters, values, cancellationToken);
            return failure is null ? _options.Format.Join(key, values) : LookupResult.Failed($"{_options.DatabasePath}: {failure}");
        }
        catch (Exception e) when (e is SqliteException or SqliteQueryException or IOException or UnauthorizedAccessException)
        {
            return LookupResult.Failed($"{_options.DatabasePath}: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate) _isDisposed = true;
        DropReaders();
        return ValueTask.CompletedTask;
    }

    /// <summary>Null when the query ran, else what went wrong.</summary>
    private async ValueTask<string?> QueryAsync(string[] parameters, List<string?> values, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            values.Clear();
            var code = RunOnce(parameters, values);
            if (code == raw.SQLITE_DONE) return null;
            if (code == MissingFile) return "the database is gone";
            if (!SqliteReader.IsPassing(code) || _time.GetElapsedTime(started) > LockLimit) return raw.sqlite3_errstr(code).utf8_to_string();
            await Task.Delay(LockPause, _time, cancellationToken);
        }
    }

    private const int MissingFile = -1;

    private int RunOnce(string[] parameters, List<string?> values)
    {
        switch (_file.Look())
        {
            case DatabaseFile.State.Missing: return MissingFile;
            case DatabaseFile.State.Replaced: ForgetReaders(); break;
        }
        var epoch = Volatile.Read(ref _epoch);
        SqliteReader reader;
        try
        {
            reader = Rent(epoch);
        }
        catch (SqliteException e) when (SqliteReader.IsPassing(e.SqliteErrorCode))
        {
            return e.SqliteErrorCode;
        }
        var code = reader.Run(parameters, values);
        // After any other code the connection may be unfit.
        if (code == raw.SQLITE_DONE || SqliteReader.IsPassing(code)) Return(reader, epoch);
        else reader.Dispose();
        return code;
    }

    private SqliteReader Rent(int epoch)
    {
        while (_readers.TryPop(out var kept))
        {
            if (kept.Epoch == epoch) return kept.Reader;
            kept.Reader.Dispose();
        }
        return Open(TimeSpan.Zero);
    }

    private void Return(SqliteReader reader, int epoch)
    {
        lock (_gate)
        {
            if (!_isDisposed && epoch == _epoch && _readers.Count < KeptReaders)
            {
                _readers.Push((reader, epoch));
                return;
            }
        }
        reader.Dispose();
    }

    private SqliteReader Open(TimeSpan patience) => new(_options.DatabasePath, _options.Query.Text, patience, _time);

    private void ForgetReaders()
    {
        Interlocked.Increment(ref _epoch);
        DropReaders();
    }

    private void DropReaders()
    {
        while (_readers.TryPop(out var kept)) kept.Reader.Dispose();
    }
}
