using Microsoft.Data.Sqlite;
using PolicyMTA.Policy;

namespace PolicyMTA.Traces;

/// <summary>Finds traces, beside the one who writes them.</summary>
internal static class TraceReader
{
    /// <summary>The most that one question gives.</summary>
    public const int Most = 1000;

    /// <summary>
    /// What there is of a message or a session, oldest first: for a queue id its transaction, what the session was told before its first one, and what delivery decided; empty when there is nothing.
    /// </summary>
    public static IReadOnlyList<DecisionTrace> Find(TraceSettings settings, string id, DateTimeOffset now)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = settings.File, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 2 }.ToString());
        connection.Open();
        var oldest = (now - settings.Lifetime).ToUnixTimeMilliseconds();
        var rows = OfMessage(connection, id, oldest) is { Count: > 0 } found ? found : Rows(connection, "session = $id", id, oldest);
        return rows.Count == 0 ? [] : Decode(rows, Rules(connection));
    }

    private static List<TraceRow> OfMessage(SqliteConnection connection, string id, long oldest)
    {
        var own = Rows(connection, "queue_id = $id", id, oldest);
        // What delivery decided stands under the queue id alone.
        var delivery = own.Where(row => row.Transaction == 0).ToList();
        if (own.Find(row => row.Transaction > 0) is not { } first) return delivery;
        var all = Rows(connection, "session = $id", first.Session, oldest);
        var before = all.FindIndex(row => row.Transaction > 0);
        // An early part of a long transaction came before the queue id.
        return [.. all.Take(Math.Max(0, before)), .. all.Skip(before).Where(row => row.Transaction == first.Transaction), .. delivery];
    }

    private static List<TraceRow> Rows(SqliteConnection connection, string condition, string id, long oldest)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the conditions are this file's own
        command.CommandText = $"SELECT at, session, number, queue_id, body FROM trace WHERE {condition} AND at >= $oldest ORDER BY id LIMIT {Most}";
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$id", id);
        command.Parameters.AddWithValue("$oldest", oldest);
        using var reader = command.ExecuteReader();
        var rows = new List<TraceRow>();
        while (reader.Read()) rows.Add(new TraceRow(reader.GetInt64(0), reader.GetString(1), reader.GetInt32(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetFieldValue<byte[]>(4)));
        return rows;
    }

    private static Dictionary<long, (string, string, string, int)> Rules(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, stage, name, file, line FROM rule";
        using var reader = command.ExecuteReader();
        var rules = new Dictionary<long, (string, string, string, int)>();
        while (reader.Read()) rules[reader.GetInt64(0)] = (reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt32(4));
        return rules;
    }

    private static List<DecisionTrace> Decode(List<TraceRow> rows, Dictionary<long, (string, string, string, int)> rules) =>
        [.. rows.Select(row => TraceBody.Read(row, number => rules.GetValueOrDefault(number, ("", "unknown rule", "", 0)))).OfType<DecisionTrace>()];
}
