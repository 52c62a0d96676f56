using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PolicyMTA.Queue.Storage;

/// <summary>A connection to the queue's database with the settings all of them share.</summary>
internal sealed class Database : IDisposable
{
    private readonly SqliteConnection _connection;

    internal Database(string file)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        _connection.Open();
        // Each connection checkpoints only when it is told to: a commit must never wait for one.
        Execute("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;");
    }

    internal sqlite3 Handle => _connection.Handle!;

    internal Statement Prepare(string sql) => new(Handle, sql);

    internal void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // the texts are constants of this folder
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    internal long Number(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Read() ? statement.Number(0) : 0;
    }

    public void Dispose() => _connection.Dispose();
}
