using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>One connection to the reports' database. Used by one at a time, never on a session's path: it blocks.</summary>
internal sealed class ReportStore : IDisposable
{
    private const string OfPeriod = """domain = $domain AND begin = $begin AND "end" = $end""";

    // A report of so many different rows helps nobody; those that came most often are told.
    private const int MostRows = 100_000;

    // What is deleted at once, so that others don't wait long.
    private const int MostForgotten = 500;

    private readonly SqliteConnection _connection;

    internal ReportStore(string path, bool isDurable, int mostPages = ReportDatabase.MostPages) => _connection = ReportDatabase.Open(path, isDurable, mostPages);

    /// <summary>Counts messages; all or none.</summary>
    internal void Add(IReadOnlyList<Evaluation> evaluations, ReportSettings settings)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        using var period = Command("""INSERT INTO period (domain, begin, "end") VALUES ($domain, $begin, $end) ON CONFLICT DO NOTHING""");
        using var row = Command("""
            INSERT INTO evaluation (domain, begin, "end", record, row, count, seen) VALUES ($domain, $begin, $end, $record, $row, 1, $seen)
            ON CONFLICT DO UPDATE SET count = count + 1, seen = max(seen, excluded.seen)
            """);
        foreach (var evaluation in evaluations)
        {
            var of = settings.PeriodOf(evaluation.Published.Domain, evaluation.Time);
            Run(period, of);
            Run(row, of, ("$record", evaluation.Published.Record.Text), ("$row", JsonSerializer.Serialize(evaluation.Row with { Count = 0 }, ReportJson.Default.ReportRow)), ("$seen", evaluation.Time.ToUnixTimeSeconds()));
        }
        transaction.Commit();
    }

    /// <summary>Periods that ended and are not reported, oldest first; those behind <paramref name="last"/>, so that some that have to wait don't hold up the others.</summary>
    internal List<ReportPeriod> FindDue(DateTimeOffset endedBefore, ReportPeriod? last, int limit)
    {
        using var command = Command("""SELECT domain, begin, "end" FROM period WHERE done = 0 AND "end" <= $time AND ("end", domain, begin) > ($end, $domain, $begin) ORDER BY "end", domain, begin LIMIT $limit""",
            ("$time", endedBefore.ToUnixTimeSeconds()), ("$limit", limit));
        Bind(command, last ?? new ReportPeriod("", 0, 0));
        using var reader = command.ExecuteReader();
        var due = new List<ReportPeriod>();
        while (reader.Read()) due.Add(new ReportPeriod(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));
        return due;
    }

    /// <summary>The record of a period that was seen last: when it changed, that is the one that readers know.</summary>
    internal string? FindRecord(ReportPeriod period)
    {
        using var command = Command($"SELECT record FROM evaluation WHERE {OfPeriod} ORDER BY seen DESC, record LIMIT 1");
        Bind(command, period);
        return command.ExecuteScalar() as string;
    }

    /// <summary>The rows of a period, those that came most often first.</summary>
    internal IEnumerable<ReportRow> ReadRows(ReportPeriod period)
    {
        using var command = Command($"SELECT row, sum(count) FROM evaluation WHERE {OfPeriod} GROUP BY row ORDER BY sum(count) DESC, row LIMIT {MostRows}");
        Bind(command, period);
        using var reader = command.ExecuteReader();
        while (reader.Read()) yield return JsonSerializer.Deserialize(reader.GetString(0), ReportJson.Default.ReportRow)! with { Count = reader.GetInt64(1) };
    }

    /// <summary>Takes the report for an address: only one who asks gets true, also after a crash.</summary>
    internal bool Claim(ReportPeriod period, string address) => Execute("""INSERT INTO sent (domain, begin, "end", address) VALUES ($domain, $begin, $end, $address) ON CONFLICT DO NOTHING""", period, ("$address", address)) == 1;

    /// <summary>Gives a claim back: the report was not queued.</summary>
    internal void Release(ReportPeriod period, string address) => Execute($"DELETE FROM sent WHERE {OfPeriod} AND address = $address", period, ("$address", address));

    /// <summary>Nothing more is to be done for a period.</summary>
    internal void Finish(ReportPeriod period) => Execute($"UPDATE period SET done = 1 WHERE {OfPeriod}", period);

    /// <summary>Deletes periods that ended long ago; false when there may be more.</summary>
    internal bool Forget(DateTimeOffset endedBefore)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        using var find = Command($"""SELECT domain, begin, "end" FROM period WHERE done IN (0, 1) AND "end" < $time LIMIT {MostForgotten}""", ("$time", endedBefore.ToUnixTimeSeconds()));
        var old = new List<ReportPeriod>();
        using (var reader = find.ExecuteReader())
        {
            while (reader.Read()) old.Add(new ReportPeriod(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));
        }
        foreach (var period in old)
        {
            foreach (var table in new[] { "evaluation", "sent", "period" }) Execute($"DELETE FROM {table} WHERE {OfPeriod}", period);
        }
        transaction.Commit();
        return old.Count < MostForgotten;
    }

    public void Dispose() => _connection.Dispose();

    private int Execute(string statement, ReportPeriod period, params (string Name, object Value)[] values)
    {
        using var command = Command(statement, values);
        Bind(command, period);
        return command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string statement, params (string Name, object Value)[] values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        return command;
    }

    private static void Run(SqliteCommand command, ReportPeriod period, params (string Name, object Value)[] values)
    {
        command.Parameters.Clear();
        Bind(command, period);
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    private static void Bind(SqliteCommand command, ReportPeriod period)
    {
        command.Parameters.AddWithValue("$domain", period.Domain);
        command.Parameters.AddWithValue("$begin", period.Begin);
        command.Parameters.AddWithValue("$end", period.End);
    }
}
