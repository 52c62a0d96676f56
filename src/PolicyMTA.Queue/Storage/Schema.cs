using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>The tables of the queue.</summary>
internal static class Schema
{
    internal const int Version = 1;

    // Keys are the time in a queue id; name is the whole id. Times are milliseconds since 1970. "waiting" and "other" together index each recipient once:
    // what waits by destination and due time (loose scans), the rest by state (claims at start, held lists, counts).
    private const string Indexes = """
        CREATE INDEX recipient_waiting ON recipient(destination, due, state) WHERE state IN (0, 2);
        CREATE INDEX recipient_other ON recipient(state) WHERE state NOT IN (0, 2);
        CREATE INDEX recipient_hold ON recipient(hold_until) WHERE state = 3 AND hold_until IS NOT NULL;
        """;

    private const string Tables = """
        CREATE TABLE schema(version INTEGER NOT NULL);
        CREATE TABLE clock(id INTEGER PRIMARY KEY CHECK (id = 1), queue_time INTEGER, wall INTEGER, last_id INTEGER NOT NULL);
        INSERT INTO clock VALUES (1, NULL, NULL, 0);
        CREATE TABLE message(id INTEGER PRIMARY KEY, name TEXT NOT NULL, arrived INTEGER NOT NULL, entered INTEGER NOT NULL, sender TEXT NOT NULL,
            size INTEGER NOT NULL, recipients INTEGER NOT NULL, unfinished INTEGER NOT NULL, hash INTEGER NOT NULL, skip INTEGER NOT NULL, spool TEXT,
            metadata TEXT NOT NULL, head BLOB NOT NULL);
        CREATE INDEX message_spool ON message(spool) WHERE spool IS NOT NULL;
        CREATE TABLE body(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
        CREATE TABLE recipient(message INTEGER NOT NULL, n INTEGER NOT NULL, state INTEGER NOT NULL, due INTEGER NOT NULL, destination TEXT NOT NULL,
            address TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, status TEXT, reply TEXT, warned INTEGER NOT NULL DEFAULT 0, node TEXT, claimed_until INTEGER,
            hold TEXT, hold_until INTEGER, extras TEXT, PRIMARY KEY (message, n)) WITHOUT ROWID;
        """ + Indexes;

    /// <exception cref="ConfigurationException">The database was written by a newer program.</exception>
    internal static void Ensure(Database database, string file)
    {
        if (database.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'schema'") == 0)
        {
            database.Execute($"BEGIN IMMEDIATE; {Tables} INSERT INTO schema VALUES ({Version.ToString(CultureInfo.InvariantCulture)}); COMMIT;");
            return;
        }
        var found = database.Number("SELECT version FROM schema");
        if (found > Version)
            throw new ConfigurationException($"{file}: this queue has schema version {found}, and this program knows {Version} at most: run the newer program, or give this one another queue folder");
    }

    /// <summary>
    /// Makes the indexes of recipients anew from their table. Dropping a damaged one or REINDEX would walk through its pages and fail; so the schema forgets it, and its pages stay
    /// unused.
    /// </summary>
    internal static void RemakeIndexes(Database database)
    {
        try { database.Execute($"BEGIN IMMEDIATE; PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = 'index' AND name LIKE 'recipient^_%' ESCAPE '^'; PRAGMA writable_schema = RESET; {Indexes} COMMIT;"); }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(database.Handle) == 0) database.Execute("ROLLBACK");
            database.Execute("PRAGMA writable_schema = RESET");
            throw;
        }
    }
}
