using Microsoft.Data.Sqlite;

namespace PolicyMTA.Queue.Tests;

/// <summary>Another hand at the database of a queue: to look, to damage, and to make it fail.</summary>
internal static class StoreFile
{
    /// <summary>From now on every change of a recipient fails, until <see cref="Mend"/>.</summary>
    internal static void Break(TestServer server) => Execute(server, "CREATE TRIGGER broken BEFORE UPDATE ON recipient BEGIN SELECT RAISE(ABORT, 'broken'); END; CREATE TRIGGER broken2 BEFORE DELETE ON recipient BEGIN SELECT RAISE(ABORT, 'broken'); END");

    internal static void Mend(TestServer server) => Execute(server, "DROP TRIGGER broken; DROP TRIGGER broken2");

    internal static long Number(TestServer server, string sql)
    {
        using var connection = Open(server.Folder);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    internal static void Execute(TestServer server, string sql)
    {
        using var connection = Open(server.Folder);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string folder)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "queue.db")};Pooling=false;Default Timeout=10");
        connection.Open();
        return connection;
    }
}
