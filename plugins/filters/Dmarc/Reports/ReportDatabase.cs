using System.Globalization;
using Microsoft.Data.Sqlite;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>The file that keeps what reports tell: its form, its version, and who may open it.</summary>
internal static class ReportDatabase
{
    /// <summary>The version of <see cref="Schema"/>; a file of a later one is left alone.</summary>
    internal const int Version = 1;

    // "PMdr": a file that says something else belongs to another program.
    private const int Application = 0x504d6472;

    // 1 GiB of 4 KiB pages: who sends from ever new addresses must not fill the disk. What comes then is counted as dropped.
    internal const int MostPages = 262_144;

    // Who sends reports writes little, and must be able to when the file is full.
    private const int PagesForSending = 2 * MostPages;

    private const int LockSeconds = 5;

    // One row of evaluation for messages that are alike; period says what is still to be reported, sent what was handed to the queue for whom.
    private const string Schema = """
        CREATE TABLE period (domain TEXT NOT NULL, begin INTEGER NOT NULL, "end" INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (domain, begin, "end")) WITHOUT ROWID;
        CREATE INDEX period_due ON period (done, "end");
        CREATE TABLE evaluation (domain TEXT NOT NULL, begin INTEGER NOT NULL, "end" INTEGER NOT NULL, record TEXT NOT NULL, row TEXT NOT NULL, count INTEGER NOT NULL, seen INTEGER NOT NULL,
          PRIMARY KEY (domain, begin, "end", record, row)) WITHOUT ROWID;
        CREATE TABLE sent (domain TEXT NOT NULL, begin INTEGER NOT NULL, "end" INTEGER NOT NULL, address TEXT NOT NULL, PRIMARY KEY (domain, begin, "end", address)) WITHOUT ROWID;
        """;

    /// <summary>Looks whether the file can be used, and changes nothing: a check of the configuration must not make it.</summary>
    /// <exception cref="ConfigurationException">It can't.</exception>
    internal static void Check(string path)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path))) throw new ConfigurationException($"report_database {path}: there is no such folder; make it, owned by the server's user");
        if (!File.Exists(path) || new FileInfo(path).Length == 0) return;
        try
        {
            using var connection = Connect(path, SqliteOpenMode.ReadOnly);
            CheckForm(connection, path);
        }
        catch (SqliteException e)
        {
            throw new ConfigurationException($"report_database {path} can't be read: {e.Message}", e);
        }
    }

    /// <summary>Opens the file, and makes it when it is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isDurable">Whether a commit has to survive a power cut: for who sends.</param>
    /// <param name="mostPages">How large the file may become by who is not.</param>
    internal static SqliteConnection Open(string path, bool isDurable, int mostPages = MostPages)
    {
        if (!File.Exists(path)) using (new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite })) { }
        var connection = Connect(path, SqliteOpenMode.ReadWrite);
        try
        {
            Execute(connection, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(isDurable ? "FULL" : "NORMAL")}; PRAGMA max_page_count = {(isDurable ? PagesForSending : mostPages)};");
            using var transaction = connection.BeginTransaction(deferred: false);
            if (Number(connection, "SELECT count(*) FROM sqlite_schema") == 0) Execute(connection, $"{Schema} PRAGMA application_id = {Application}; PRAGMA user_version = {Version};");
            CheckForm(connection, path);
            transaction.Commit();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void CheckForm(SqliteConnection connection, string path)
    {
        if (Number(connection, "SELECT count(*) FROM sqlite_schema") == 0) return;
        if (Number(connection, "PRAGMA application_id") != Application) throw new ConfigurationException($"report_database {path} is a database of something else; name another file");
        var version = Number(connection, "PRAGMA user_version");
        if (version > Version) throw new ConfigurationException($"report_database {path} was written by a later PolicyMTA (schema {version}, this one knows {Version}); run that one, or name another file");
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = LockSeconds }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static long Number(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, string statements)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statements;
        command.ExecuteNonQuery();
    }
}
