using System.Globalization;

namespace PolicyMTA.Queue.Tests;

/// <summary>What a person's SQL may do, and what not.</summary>
public sealed class QueryTests
{
    [Fact]
    public async Task Messages_and_recipients_can_be_asked()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var id = await server.SendAsync("a@one.example", "b@Two.example", "c@three.example");

        var rows = await AskAsync(server, "SELECT m.id, r.address, r.domain, r.state, m.client FROM messages m JOIN recipients r ON r.id = m.id ORDER BY r.number");

        Assert.Equal([$"{id}|b@Two.example|two.example|due|c[192.0.2.1]", $"{id}|c@three.example|three.example|due|c[192.0.2.1]"], rows);
    }

    [Theory]
    [InlineData("DELETE FROM recipient")]
    [InlineData("UPDATE message SET sender = ''")]
    [InlineData("INSERT INTO clock VALUES (2, 0, 0, 0)")]
    [InlineData("DROP TABLE message")]
    [InlineData("CREATE TEMP TABLE x(y)")]
    [InlineData("ATTACH '/tmp/other.db' AS other")]
    [InlineData("PRAGMA query_only = 0")]
    [InlineData("VACUUM")]
    [InlineData("BEGIN IMMEDIATE")]
    [InlineData("SELECT bytes FROM body")]
    [InlineData("SELECT head FROM message")]
    [InlineData("SELECT * FROM sqlite_schema")]
    [InlineData("SELECT load_extension('x')")]
    [InlineData("SELECT 1; DELETE FROM recipient")]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("WITH x AS (SELECT 1) DELETE FROM message")]
    [InlineData("SELEC")]
    public async Task Anything_but_reading_is_refused_and_changes_nothing(string sql)
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        await server.SendAsync("a@one.example", "b@two.example");

        await Assert.ThrowsAsync<FormatException>(() => AskAsync(server, sql));

        Assert.Equal(["1"], await AskAsync(server, "SELECT count(*) FROM recipients WHERE sender = 'a@one.example'"));
    }

    [Fact]
    public async Task Rows_have_a_limit()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        const string three = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n";

        Assert.Equal(["1", "2", "3"], await AskAsync(server, three, QueryLimits.Default with { Rows = 3 }));
        await Assert.ThrowsAsync<FormatException>(() => AskAsync(server, three, QueryLimits.Default with { Rows = 2 }));
    }

    [Fact]
    public async Task Query_that_never_ends_is_ended()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        const string endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

        var failure = await Assert.ThrowsAsync<FormatException>(() => AskAsync(server, endless, QueryLimits.Default with { Time = TimeSpan.FromTicks(-1) }));

        Assert.Contains("longer than", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_is_taken_while_somebody_reads()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        await server.SendAsync("a@one.example", "b@two.example");
        await server.SendAsync("a@one.example", "b@two.example");
        var rows = 0;

        await server.Queue.Administration.QueryAsync("SELECT id FROM messages", QueryLimits.Default, static _ => { }, async _ =>
        {
            rows++;
            await server.SendAsync("a@one.example", "c@two.example");
        }, default);

        Assert.Equal(2, rows);
        Assert.Equal(["4"], await AskAsync(server, "SELECT count(*) FROM messages"));
    }

    private static async Task<List<string>> AskAsync(TestServer server, string sql, QueryLimits? limits = null)
    {
        var rows = new List<string>();
        await server.Queue.Administration.QueryAsync(sql, limits ?? QueryLimits.Default, static _ => { }, row =>
        {
            rows.Add(string.Join('|', row.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))));
            return ValueTask.CompletedTask;
        }, default);
        return rows;
    }
}
