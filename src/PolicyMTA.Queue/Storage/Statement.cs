using System.Text;
using SQLitePCL;

namespace PolicyMTA.Queue.Storage;

/// <summary>
/// A prepared statement, used over and over on one thread at a time. Straight on the native interface: a command of the ADO.NET provider looks up every
/// parameter by name each time, which costs as much as the insert.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const int StackText = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private bool _isInRows;

    internal Statement(sqlite3 database, string sql)
    {
        _database = database;
        var result = raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement);
        if (result != raw.SQLITE_OK) throw StoreFailure.From(database, result);
    }

    internal Statement Bind(int index, long value)
    {
        MakeReady();
        return Check(raw.sqlite3_bind_int64(_statement, index, value));
    }

    internal Statement Bind(int index, long? value)
    {
        if (value is { } number) return Bind(index, number);
        return BindNull(index);
    }

    internal Statement Bind(int index, ReadOnlySpan<byte> bytes)
    {
        MakeReady();
        return Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, bytes));
    }

    internal Statement BindText(int index, ReadOnlySpan<byte> utf8)
    {
        MakeReady();
        return Check(raw.sqlite3_bind_text(_statement, index, utf8));
    }

    internal Statement Bind(int index, string? text)
    {
        if (text is null) return BindNull(index);
        Span<byte> bytes = stackalloc byte[StackText];
        return BindText(index, Encoding.UTF8.TryGetBytes(text, bytes, out var length) ? bytes[..length] : Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Runs it to its end; how many rows it changed.</summary>
    internal int Run()
    {
        var result = raw.sqlite3_step(_statement);
        var failure = result is raw.SQLITE_DONE or raw.SQLITE_ROW ? null : StoreFailure.From(_database, result);
        Reset();
        if (failure is not null) throw failure;
        return raw.sqlite3_changes(_database);
    }

    /// <summary>The next row; at the end it is ready for the next use.</summary>
    internal bool Read()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW) return _isInRows = true;
        var failure = result == raw.SQLITE_DONE ? null : StoreFailure.From(_database, result);
        Reset();
        return failure is null ? false : throw failure;
    }

    /// <summary>Leaves the rows that were not read.</summary>
    internal void Reset()
    {
        _isInRows = false;
        raw.sqlite3_reset(_statement);
    }

    internal bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    internal long Number(int column) => raw.sqlite3_column_int64(_statement, column);

    internal long? FindNumber(int column) => IsNull(column) ? null : Number(column);

    internal string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string() ?? "";

    internal string? FindText(int column) => IsNull(column) ? null : Text(column);

    /// <summary>Valid until the next step.</summary>
    internal ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();

    private Statement BindNull(int index)
    {
        MakeReady();
        return Check(raw.sqlite3_bind_null(_statement, index));
    }

    // Whoever left in the middle of the rows must not lend the next one his values.
    private void MakeReady()
    {
        if (_isInRows) Reset();
    }

    private Statement Check(int result) => result == raw.SQLITE_OK ? this : throw StoreFailure.From(_database, result);
}
