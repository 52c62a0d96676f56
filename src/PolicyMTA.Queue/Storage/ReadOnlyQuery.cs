using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PolicyMTA.Queue.Storage;

/// <summary>
/// A person's SELECT over the queue on a connection of its own that can't write: opened read-only, an authorizer refuses everything but reading the queue's
/// rows (never contents), and a clock ends what runs too long, since a reader keeps the log from starting over.
/// </summary>
internal static class ReadOnlyQuery
{
    private const int StepsBetweenLooks = 10_000;

    private static readonly HashSet<string> Tables = new(StringComparer.OrdinalIgnoreCase) { "message", "recipient", "messages", "recipients" };
    private static readonly HashSet<string> Contents = new(StringComparer.OrdinalIgnoreCase) { "head" };

    // Times are kept by the queue's clock; people read the wall clock.
    private static string Views(QueueClock clock)
    {
        var shift = ((long)(clock.Wall - clock.Now).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        var now = (clock.Now.ToUnixTimeMilliseconds()).ToString(CultureInfo.InvariantCulture);
        static string Time(string column, string shift) => $"strftime('%Y-%m-%dT%H:%M:%SZ', ({column} + {shift}) / 1000, 'unixepoch')";
        return $"""
            CREATE TEMP VIEW messages AS SELECT name AS id, sender, size, {Time("arrived", "0")} AS arrived, ({now} - entered) / 1000 AS age, recipients AS recipient_count, unfinished,
                json_extract(metadata, '$.sasl_user') AS account, json_extract(metadata, '$.client') AS client, json_extract(metadata, '$.helo') AS helo,
                json_extract(metadata, '$.protocol') AS protocol, json_extract(metadata, '$.envelope_id') AS envid FROM message;
            CREATE TEMP VIEW recipients AS SELECT m.name AS id, r.n AS number, r.address, CASE WHEN instr(r.address, '@') > 0 THEN lower(substr(r.address, instr(r.address, '@') + 1)) ELSE '' END AS domain,
                CASE r.state WHEN 0 THEN 'due' WHEN 1 THEN 'active' WHEN 2 THEN 'deferred' WHEN 3 THEN 'held' WHEN 4 THEN 'delivered' WHEN 5 THEN 'bounced' ELSE 'corrupt' END AS state,
                {Time("r.due", shift)} AS due, r.destination, r.attempts, r.status, r.reply, r.hold, {Time("r.hold_until", shift)} AS hold_until, m.sender, m.size, ({now} - m.entered) / 1000 AS age
                FROM recipient r JOIN message m ON m.id = r.message;
            """;
    }

    internal static async Task RunAsync(
        string file, string sql, QueryLimits limits, QueueClock clock, Action<IReadOnlyList<string>> columns, Func<IReadOnlyList<object?>, ValueTask> row, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, $"PRAGMA busy_timeout = 1000; PRAGMA temp_store = MEMORY; {Views(clock)} PRAGMA query_only = 1;", cancellationToken);
        var (started, isTooLong) = (clock.Time.GetTimestamp(), false);
        Guard(connection.Handle!, () => isTooLong = cancellationToken.IsCancellationRequested || clock.Time.GetElapsedTime(started) > limits.Time);
        try
        {
            await using var command = Command(connection, sql);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            columns([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)]);
            for (long rows = 0; await reader.ReadAsync(cancellationToken); rows++)
            {
                if (rows == limits.Rows) throw new FormatException($"the query gives more than {limits.Rows} rows; add a LIMIT");
                await row([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
            }
            if (await reader.NextResultAsync(cancellationToken)) throw new FormatException("ask one thing at a time");
        }
        catch (SqliteException failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new FormatException(isTooLong ? $"the query took longer than {limits.Time.TotalSeconds} s" : $"the query was refused: {failure.Message}", failure);
        }
    }

    private static void Guard(sqlite3 database, Func<bool> isOver)
    {
        raw.sqlite3_progress_handler(database, StepsBetweenLooks, _ => isOver() ? 1 : 0, null);
        raw.sqlite3_set_authorizer(database, (_, action, first, second, _, _) => Allows(action, first.utf8_to_string(), second.utf8_to_string()) ? raw.SQLITE_OK : raw.SQLITE_DENY, null);
    }

    private static bool Allows(int action, string? first, string? second) => action switch
    {
        raw.SQLITE_SELECT or raw.SQLITE_RECURSIVE => true,
        // Counting names no column: the table of a WITH clause comes so, too.
        raw.SQLITE_READ when second is "" => true,
        raw.SQLITE_READ => first is not null && Tables.Contains(first) && !Contents.Contains(second ?? ""),
        raw.SQLITE_FUNCTION => second is not ("load_extension" or "readfile" or "writefile" or "fts3_tokenizer" or "edit"),
        _ => false,
    };

    private static async Task ExecuteAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // a person's own query is the point; the authorizer says what it may do
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
