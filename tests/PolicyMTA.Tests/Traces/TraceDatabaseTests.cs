using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Policy;
using PolicyMTA.Traces;

namespace PolicyMTA.Tests.Traces;

/// <summary>Decision traces on disk.</summary>
public sealed class TraceDatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(SampleTraces.Noon);
    private TraceSettings _settings;

    public TraceDatabaseTests() => _settings = new TraceSettings(_folder.File("traces/decisions.db"), TimeSpan.FromDays(7), 1 << 30);

    [Fact]
    public void What_is_kept_is_found_by_queue_id_and_by_session()
    {
        Keep(SampleTraces.Typical(1), SampleTraces.Typical(2));
        Assert.Equal(SampleTraces.Flat(SampleTraces.Typical(2)), SampleTraces.Flat(Assert.Single(Find("4dQ2"))));
        Assert.Equal(SampleTraces.Flat(SampleTraces.Typical(1)), SampleTraces.Flat(Assert.Single(Find("6a.1"))));
        Assert.Empty(Find("4dQ3"));
        Assert.Empty(Find("' OR 1=1 --"));
    }

    [Fact]
    public void A_queue_id_finds_its_transaction_in_all_parts_and_what_the_session_was_told_before()
    {
        var trace = SampleTraces.Typical();
        Keep(
            trace with { Transaction = 0, QueueId = null, Sender = null, Helo = "first" },
            trace with { QueueId = null, Helo = "part one" },
            trace with { Helo = "part two" },
            trace with { Transaction = 0, QueueId = null, Helo = "between" },
            trace with { Transaction = 2, QueueId = "4dOther", Helo = "other" });
        Assert.Equal(["first", "part one", "part two"], Find("4dQ1").Select(t => t.Helo));
        Assert.Equal(["first", "other"], Find("4dOther").Select(t => t.Helo));
        Assert.Equal(["first", "part one", "part two", "between", "other"], Find("6a.1").Select(t => t.Helo));
    }

    [Fact]
    public void Whatever_a_trace_holds_comes_back()
    {
        var random = new Random(7);
        var traces = Enumerable.Range(0, 500).Select(_ => SampleTraces.Any(random)).ToList();
        Keep([.. traces]);
        var found = Enumerable.Range(0, 5).SelectMany(n => Find("s" + n)).Select(SampleTraces.Flat).Order(StringComparer.Ordinal);
        Assert.Equal(traces.Select(SampleTraces.Flat).Order(StringComparer.Ordinal), found);
    }

    [Fact]
    public void What_somebody_wrote_over_is_left_out()
    {
        var random = new Random(3);
        for (var n = 0; n < 300; n++)
        {
            byte[] body = random.Next(2) == 0 ? [.. Enumerable.Range(0, random.Next(30)).Select(_ => (byte)random.Next(256))] : "[\"a\",\"b\",[1],\"\",\"\",null,[\"x\",\"y\"]]"u8.ToArray();
            Assert.Null(TraceBody.Read(new TraceRow(1, "s", 1, null, body), _ => ("", "", "", 0)));
        }
    }

    [Fact]
    public void What_is_older_than_its_lifetime_is_neither_shown_nor_kept()
    {
        _settings = _settings with { Lifetime = TimeSpan.FromHours(1) };
        Keep(SampleTraces.Typical(1));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Single(Find("4dQ1"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Empty(Find("4dQ1"));
        Assert.Equal(1, Rows());
        Keep(SampleTraces.Typical(2, _time.GetUtcNow()));
        Assert.Equal(1, Rows());
        Assert.Single(Find("4dQ2"));
    }

    [Fact]
    public void The_oldest_go_when_it_is_full_and_none_before()
    {
        _settings = _settings with { Size = TraceSettings.LeastSize };
        using var database = TraceDatabase.Open(_settings, _time);
        var written = 0;
        while (database.Size + 100_000 < _settings.Size) database.Write([.. Enumerable.Range(0, 50).Select(_ => SampleTraces.Typical(++written))]);
        Assert.Equal(written, Rows());
        for (var batch = 0; batch < 100; batch++)
        {
            database.Write([.. Enumerable.Range(0, 50).Select(_ => SampleTraces.Typical(++written))]);
            Assert.InRange(database.Size, 1, _settings.Size);
        }
        Assert.Empty(Find("4dQ1"));
        Assert.Single(Find($"4dQ{written}"));
        Assert.True(Rows() > 500, "it threw away too much");
        Assert.InRange(new FileInfo(_settings.File!).Length, 1, _settings.Size * 3 / 2);
    }

    [Fact]
    public void Nobody_else_may_read_it()
    {
        using var database = TraceDatabase.Open(_settings, _time);
        database.Write([SampleTraces.Typical()]);
        var folder = Path.GetDirectoryName(_settings.File!)!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.All(Directory.EnumerateFiles(folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Theory]
    [InlineData("this is no database, and it is longer than the header of one would be, which has a hundred bytes in all")]
    [InlineData("")]
    public void What_can_not_be_read_begins_anew(string content)
    {
        _folder.Write("traces/decisions.db", content);
        Keep(SampleTraces.Typical());
        Assert.Single(Find("4dQ1"));
    }

    [Fact]
    public void Another_versions_database_begins_anew_and_ours_goes_on()
    {
        Keep(SampleTraces.Typical(1));
        Keep(SampleTraces.Typical(2));
        Assert.Single(Find("4dQ1"));
        Execute("PRAGMA user_version = 99");
        Keep(SampleTraces.Typical(3));
        Assert.Empty(Find("4dQ1"));
        Assert.Single(Find("4dQ3"));
    }

    [Fact]
    public void A_rule_is_kept_once_however_often_it_is_asked()
    {
        Keep(SampleTraces.Typical(1), SampleTraces.Typical(2));
        Keep(SampleTraces.Typical(3));
        Assert.Equal(3, Count("rule"));
    }

    public void Dispose() => _folder.Dispose();

    private void Keep(params DecisionTrace[] traces)
    {
        using var database = TraceDatabase.Open(_settings, _time);
        database.Write(traces);
    }

    private IReadOnlyList<DecisionTrace> Find(string id) => TraceReader.Find(_settings, id, _time.GetUtcNow());

    private long Rows() => Count("trace");

    private long Count(string table)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = table == "rule" ? "SELECT count(*) FROM rule" : "SELECT count(*) FROM trace";
        return (long)command.ExecuteScalar()!;
    }

    private void Execute(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a constant
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={_settings.File};Pooling=False");
        connection.Open();
        return connection;
    }
}
