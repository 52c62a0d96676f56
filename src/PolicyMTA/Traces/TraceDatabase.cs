using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PolicyMTA.Policy;

namespace PolicyMTA.Traces;

/// <summary>
/// Traces in SQLite. Nothing is synced: a trace is worth no wait of the disk that mail is written to, and what a power failure breaks begins anew. One thread at a
/// time; who reads has a <see cref="TraceReader"/> of its own.
/// </summary>
internal sealed class TraceDatabase : IDisposable
{
    private const int Version = 1;
    private const int RowsAtOnce = 500;

    // When it is full it makes room for a while, not for one trace.
    private const double Fullness = 0.95;

    private static readonly TimeSpan BetweenPrunes = TimeSpan.FromMinutes(1);

    private readonly TraceSettings _settings;
    private readonly TimeProvider _time;
    private readonly SqliteConnection _connection;
    private readonly TraceStatement _insert;
    private readonly TraceStatement _insertRule;
    private readonly TraceStatement _pages;
    private readonly TraceStatement _deleteOld;
    private readonly TraceStatement _deleteFirst;
    private readonly Dictionary<RuleKey, long> _rules = new(RuleKey.Comparer);
    private readonly ArrayBufferWriter<byte> _body = new(4096);
    private readonly Utf8JsonWriter _json;
    private readonly Func<DecisionStep, long> _number;
    private long _pruned;

    private TraceDatabase(TraceSettings settings, TimeProvider time)
    {
        (_settings, _time, _number) = (settings, time, NumberOf);
        _json = new Utf8JsonWriter(_body, TraceBody.Options);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = settings.File, Pooling = false }.ToString());
        try
        {
            _connection.Open();
            Prepare();
            var handle = _connection.Handle!;
            _insert = new TraceStatement(handle, "INSERT INTO trace (at, session, number, queue_id, body) VALUES (?, ?, ?, ?, ?)");
            _insertRule = new TraceStatement(handle, "INSERT INTO rule (stage, name, file, line) VALUES (?, ?, ?, ?) RETURNING id");
            _pages = new TraceStatement(handle, "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size");
            _deleteOld = new TraceStatement(handle, string.Create(CultureInfo.InvariantCulture, $"DELETE FROM trace WHERE id IN (SELECT id FROM trace ORDER BY id LIMIT {RowsAtOnce}) AND at < ?"));
            _deleteFirst = new TraceStatement(handle, "DELETE FROM trace WHERE id IN (SELECT id FROM trace ORDER BY id LIMIT ?)");
            ReadRules();
            Prune();
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens it, or begins anew where what is there can't be read.</summary>
    /// <exception cref="IOException">The file can't be made.</exception>
    public static TraceDatabase Open(TraceSettings settings, TimeProvider time)
    {
        var file = settings.File!;
        try
        {
            Create(file);
            return new TraceDatabase(settings, time);
        }
        catch (SqliteException unreadable)
        {
            if (unreadable.SqliteErrorCode is not (SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_ERROR)) throw new IOException(unreadable.Message, unreadable);
        }
        Delete(file);
        Create(file);
        try
        {
            return new TraceDatabase(settings, time);
        }
        catch (SqliteException again)
        {
            throw new IOException(again.Message, again);
        }
    }

    /// <summary>Takes a broken one away: traces are worth less than the work to mend them.</summary>
    public static void Delete(string file)
    {
        foreach (var name in (string[])[file, file + "-wal", file + "-shm"]) File.Delete(name);
    }

    /// <summary>The bytes in use.</summary>
    public long Size
    {
        get
        {
            _pages.Read();
            var size = _pages.Number(0);
            _pages.Reset();
            return size;
        }
    }

    /// <summary>Keeps some in one transaction, and lets go of what is too old or too much.</summary>
    /// <exception cref="SqliteException">It can't be written; nothing of them was kept.</exception>
    public void Write(IReadOnlyList<DecisionTrace> traces)
    {
        Execute("BEGIN IMMEDIATE");
        try
        {
            foreach (var trace in traces) Write(trace);
            Execute("COMMIT");
        }
        catch (SqliteException)
        {
            // What was numbered in it is gone with it.
            _rules.Clear();
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) Execute("ROLLBACK");
            ReadRules();
            throw;
        }
        if (Size > _settings.Size || _time.GetElapsedTime(_pruned) >= BetweenPrunes) Prune();
    }

    public void Dispose()
    {
        foreach (var statement in (TraceStatement[])[_insert, _insertRule, _pages, _deleteOld, _deleteFirst]) statement.Dispose();
        _json.Dispose();
        _connection.Dispose();
    }

    private void Write(DecisionTrace trace)
    {
        _body.ResetWrittenCount();
        _json.Reset();
        TraceBody.Write(_json, trace, _number);
        _insert.Bind(1, trace.Time.ToUnixTimeMilliseconds()).Bind(2, trace.Session).Bind(3, trace.Transaction).Bind(4, trace.QueueId).Bind(5, _body.WrittenSpan).Run();
    }

    private long NumberOf(DecisionStep step)
    {
        var key = new RuleKey(step.Stage, step.Rule, step.File, step.Line);
        if (_rules.TryGetValue(key, out var known)) return known;
        _insertRule.Bind(1, step.Stage).Bind(2, step.Rule).Bind(3, step.File).Bind(4, step.Line).Read();
        var number = _insertRule.Number(0);
        _insertRule.Reset();
        return _rules[key] = number;
    }

    private void Prune()
    {
        _pruned = _time.GetTimestamp();
        var oldest = (_time.GetUtcNow() - _settings.Lifetime).ToUnixTimeMilliseconds();
        while (_deleteOld.Bind(1, oldest).Run() == RowsAtOnce) { }
        if (Size > _settings.Size)
        {
            // A small database has few rows: a tenth of them at a time.
            while (Size > _settings.Size * Fullness && _deleteFirst.Bind(1, Math.Clamp(Count() / 10, 1, RowsAtOnce)).Run() > 0) { }
        }
        Execute("PRAGMA incremental_vacuum");
    }

    private long Count()
    {
        using var count = new TraceStatement(_connection.Handle!, "SELECT max(id) - min(id) + 1 FROM trace");
        return count.Read() ? count.Number(0) : 0;
    }

    private void Prepare()
    {
        Execute("PRAGMA busy_timeout = 2000; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA journal_size_limit = 4194304; PRAGMA temp_store = MEMORY");
        using var version = new TraceStatement(_connection.Handle!, "PRAGMA user_version");
        version.Read();
        var number = version.Number(0);
        version.Reset();
        if (number == Version) return;
        if (number != 0) throw new SqliteException("another version wrote it", SQLitePCL.raw.SQLITE_NOTADB);
        Execute($"""
            CREATE TABLE rule (id INTEGER PRIMARY KEY, stage TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL);
            CREATE TABLE trace (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, session TEXT NOT NULL, number INTEGER NOT NULL, queue_id TEXT, body BLOB NOT NULL);
            CREATE INDEX trace_session ON trace (session);
            CREATE INDEX trace_queue_id ON trace (queue_id) WHERE queue_id IS NOT NULL;
            PRAGMA user_version = {Version};
            """);
    }

    private void ReadRules()
    {
        using var rules = new TraceStatement(_connection.Handle!, "SELECT id, stage, name, file, line FROM rule");
        while (rules.Read()) _rules[new RuleKey(rules.Text(1)!, rules.Text(2)!, rules.Text(3)!, (int)rules.Number(4))] = rules.Number(0);
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // the texts are this file's own
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    // SQLite gives its other files the mode of the first: who writes to whom is nobody else's business.
    private static void Create(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var created = new FileStream(file, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
    }

    /// <summary>A rule by its place. Every step of every trace is looked up: the texts are the same ones each time, so that comparing them costs less than hashing them.</summary>
    private readonly record struct RuleKey(string Stage, string Rule, string File, int Line)
    {
        public static IEqualityComparer<RuleKey> Comparer { get; } = EqualityComparer<RuleKey>.Create((one, other) => one == other, key => HashCode.Combine(key.Line, key.Rule.Length, key.Stage.Length, key.File.Length));
    }
}
