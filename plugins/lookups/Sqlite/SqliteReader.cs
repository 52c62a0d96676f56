using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PolicyMTA.Lookups.Sqlite;

/// <summary>
/// One read-only connection with its prepared query; used by one call at a time. The driver opens the file; the query goes past it, because the driver
/// waits for a locked database by putting the thread to sleep.
/// </summary>
internal sealed class SqliteReader : IDisposable
{
    // Between two looks at the clock; some tenths of a millisecond.
    private const int InstructionsPerCheck = 50_000;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(2);

    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _query;
    private readonly TimeProvider _time;
    private long _started;

    /// <summary>Opens the database and prepares the query; the patience is for a lock met while doing so, and blocks.</summary>
    /// <exception cref="SqliteException">The database can't be opened.</exception>
    /// <exception cref="SqliteQueryException">The query is wrong.</exception>
    internal SqliteReader(string path, string query, TimeSpan patience, TimeProvider time)
    {
        _time = time;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            _connection.Open();
            raw.sqlite3_busy_timeout(_connection.Handle, (int)patience.TotalMilliseconds);
            _query = Prepare(query);
            raw.sqlite3_busy_timeout(_connection.Handle, 0);
            raw.sqlite3_progress_handler(_connection.Handle, InstructionsPerCheck, _ => _time.GetElapsedTime(_started) > TimeLimit ? 1 : 0, null);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs the query and adds the first column of each row; SQLite's result code, <c>SQLITE_DONE</c> when it went well.</summary>
    internal int Run(string[] parameters, List<string?> values)
    {
        _started = _time.GetTimestamp();
        for (var i = 0; i < parameters.Length; i++) raw.sqlite3_bind_text(_query, i + 1, parameters[i]);
        int code;
        while ((code = raw.sqlite3_step(_query)) == raw.SQLITE_ROW) values.Add(raw.sqlite3_column_text(_query, 0).utf8_to_string());
        raw.sqlite3_reset(_query);
        raw.sqlite3_clear_bindings(_query);
        return code;
    }

    public void Dispose()
    {
        _query.Dispose();
        _connection.Dispose();
    }

    private sqlite3_stmt Prepare(string query)
    {
        var database = _connection.Handle!;
        var bytes = MemoryMarshal.AsMemory<byte>(System.Text.Encoding.UTF8.GetBytes(query)).Span;
        var code = raw.sqlite3_prepare_v2(database, bytes, out var statement, out var rest);
        if (code != raw.SQLITE_OK)
        {
            var message = raw.sqlite3_errmsg(database).utf8_to_string();
            if (IsPassing(code)) throw new SqliteException(message, code);
            throw new SqliteQueryException(message);
        }
        var mistake = statement.IsInvalid ? "it is empty"
            : !IsBlank(rest) ? "more than one statement"
            : raw.sqlite3_stmt_readonly(statement) == 0 || raw.sqlite3_column_count(statement) == 0 ? "it is not one that reads"
            : null;
        if (mistake is null) return statement;
        statement.Dispose();
        throw new SqliteQueryException(mistake);
    }

    private static bool IsBlank(ReadOnlySpan<byte> rest) => rest.IndexOfAnyExcept(" \t\r\n;"u8) < 0;

    internal static bool IsPassing(int code) => (code & 0xff) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;
}
