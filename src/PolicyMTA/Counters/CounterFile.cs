using Microsoft.Data.Sqlite;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Counters;

/// <summary>Counters in an SQLite file. Not thread-safe.</summary>
internal sealed class CounterFile : IDisposable
{
    private const int SchemaVersion = 1;
    private const int Corrupt = 11, NotADatabase = 26;

    private readonly SqliteConnection _connection;

    private CounterFile(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens a file, or makes it. One that is broken is put aside: counters are worth less than mail that comes in.</summary>
    /// <exception cref="ConfigurationException">It can't be opened, or a newer version wrote it.</exception>
    public static CounterFile Open(string path, Action<string> complain)
    {
        try
        {
            return OpenSound(path);
        }
        catch (SqliteException error) when (error.SqliteErrorCode is Corrupt or NotADatabase)
        {
            var aside = path + ".broken";
            complain($"{path} is broken ({error.Message}); it is {aside} now, and counters begin anew");
            File.Move(path, aside, overwrite: true);
            foreach (var rest in new[] { path + "-wal", path + "-shm" }) File.Delete(rest);
            return OpenSound(path);
        }
    }

    /// <summary>Everything that has not expired; what has goes.</summary>
    public IEnumerable<(string Key, CounterEntry Entry)> Load(DateTimeOffset now)
    {
        Forget(now);
        using var select = Command("SELECT key, value, expires FROM counters");
        using var reader = select.ExecuteReader();
        while (reader.Read())
        {
            yield return (reader.GetString(0), new CounterEntry(reader.GetInt64(1), reader.IsDBNull(2) ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2))));
        }
    }

    /// <summary>Writes some in one transaction; those that are null are gone.</summary>
    public void Write(IEnumerable<(string Key, CounterEntry? Entry)> changes)
    {
        using var transaction = _connection.BeginTransaction();
        using var put = Command("INSERT INTO counters VALUES ($key, $value, $expires) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires");
        using var drop = Command("DELETE FROM counters WHERE key = $key");
        (put.Transaction, drop.Transaction) = (transaction, transaction);
        var (key, value, expires, dropped) = (put.Parameters.Add("$key", SqliteType.Text), put.Parameters.Add("$value", SqliteType.Integer), put.Parameters.Add("$expires", SqliteType.Integer), drop.Parameters.Add("$key", SqliteType.Text));
        foreach (var (name, entry) in changes)
        {
            if (entry is not { } kept)
            {
                dropped.Value = name;
                drop.ExecuteNonQuery();
                continue;
            }
            (key.Value, value.Value, expires.Value) = (name, kept.Value, kept.Expiry == DateTimeOffset.MaxValue ? DBNull.Value : kept.Expiry.ToUnixTimeMilliseconds());
            put.ExecuteNonQuery();
        }
        transaction.Commit();
    }

    /// <summary>Takes away what has expired.</summary>
    public void Forget(DateTimeOffset now)
    {
        using var delete = Command("DELETE FROM counters WHERE expires <= $now");
        delete.Parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
        delete.ExecuteNonQuery();
    }

    public void Dispose() => _connection.Dispose();

    private static CounterFile OpenSound(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            var file = new CounterFile(connection);
            // Nothing here has to survive a power cut: the last seconds of a count may be lost.
            file.Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
            using var version = file.Command("PRAGMA user_version");
            var written = (long)version.ExecuteScalar()!;
            if (written > SchemaVersion) throw new ConfigurationException($"{path} was written by a newer version (schema {written}; this one knows {SchemaVersion})");
            file.Run($"CREATE TABLE IF NOT EXISTS counters (key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL, expires INTEGER) WITHOUT ROWID; PRAGMA user_version = {SchemaVersion}");
            return file;
        }
        catch (Exception error)
        {
            connection.Dispose();
            if (error is SqliteException { SqliteErrorCode: not (Corrupt or NotADatabase) }) throw new ConfigurationException($"{path}: {error.Message}", error);
            throw;
        }
    }

    private void Run(string statements)
    {
        using var command = Command(statements);
        command.ExecuteNonQuery();
    }

#pragma warning disable CA2100 // every statement stands above
    private SqliteCommand Command(string statement) => new(statement, _connection);
#pragma warning restore CA2100
}
