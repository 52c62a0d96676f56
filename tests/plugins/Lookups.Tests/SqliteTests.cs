using Microsoft.Data.Sqlite;
using PolicyMTA.Lookups.Sqlite;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests;

public sealed class SqliteTests : IDisposable
{
    private const string Domains = "SELECT domain FROM domain WHERE domain = '%s' AND backupmx = '0' AND active = '1';";
    private const string Mailboxes = "SELECT maildir FROM mailbox WHERE local_part='%u' AND domain='%d' AND active='1';";
    private const string Aliases = "SELECT goto FROM alias WHERE address='%s' AND active='1';";

    private const string Rows = """
        CREATE TABLE domain (domain varchar(255) NOT NULL PRIMARY KEY, backupmx tinyint(1) NOT NULL DEFAULT '0', active tinyint(1) NOT NULL DEFAULT '1');
        CREATE TABLE mailbox (username varchar(255) NOT NULL PRIMARY KEY, maildir varchar(255) NOT NULL, local_part varchar(255) NOT NULL,
            domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT '1');
        CREATE TABLE alias (address varchar(255) NOT NULL PRIMARY KEY, goto text NOT NULL, domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT '1');
        INSERT INTO domain VALUES ('example.test',0,1), ('backup.test',1,1), ('inactive.test',0,0);
        INSERT INTO mailbox VALUES ('alice@example.test','example.test/alice/','alice','example.test',1), ('carol@example.test','example.test/carol/','carol','example.test',0);
        INSERT INTO alias VALUES ('sales@example.test','alice@example.test,bob@example.test','example.test',1), ('off@example.test','alice@example.test','example.test',0);
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-sqlite-").FullName;
    private readonly PluginBench _bench = new(new SqlitePlugin());

    public SqliteTests() => Change("vmail.sqlite3", Rows);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Domains, "example.test", "example.test")]
    [InlineData(Domains, "backup.test", null)]
    [InlineData(Domains, "inactive.test", null)]
    [InlineData(Mailboxes, "alice@example.test", "example.test/alice/")]
    [InlineData(Mailboxes, "carol@example.test", null)]
    [InlineData(Mailboxes, "alice", null)]
    [InlineData(Mailboxes, "@example.test", null)]
    [InlineData(Aliases, "sales@example.test", "alice@example.test,bob@example.test")]
    [InlineData(Aliases, "off@example.test", null)]
    [InlineData(Aliases, "' OR 1=1 --", null)]
    [InlineData(Aliases, "' OR '1'='1", null)]
    [InlineData(Aliases, "x'; DROP TABLE alias; --@example.test", null)]
    [InlineData(Mailboxes, "' OR 1=1 --@' OR 1=1 --", null)]
    [InlineData(Mailboxes, "%@%", null)]
    public async Task Queries_of_the_guide_work_as_they_are(string query, string key, string? value)
    {
        await using var table = OpenFile(query);
        Assert.Equal(value, (await table.FindAsync(key, CancellationToken.None)).Value);
        Assert.Equal("1", await Ask("SELECT count(*) FROM alias WHERE address = '%s'", "sales@example.test"));
    }

    [Fact]
    public async Task Double_quotes_are_no_way_in_either()
    {
        Assert.Null(await Ask("SELECT goto FROM alias WHERE address=\"%s\"", "\" OR 1=1 --"));
        Assert.NotNull(await Ask("SELECT goto FROM alias WHERE address=\"%s\"", "sales@example.test"));
    }

    [Fact]
    public async Task Section_of_the_configuration_does_as_well_as_a_file()
    {
        _bench.Folder = _folder;
        await using var table = _bench.Open("sqlite", "aliases", ("dbpath", "vmail.sqlite3"), ("query", Aliases), ("result_format", "<%s>"));
        Assert.Equal("<alice@example.test,bob@example.test>", (await table.FindAsync("sales@example.test", CancellationToken.None)).Value);
    }

    [Fact]
    public async Task Several_rows_are_joined_and_counted()
    {
        Assert.Equal("alice,carol", await Ask("SELECT local_part FROM mailbox WHERE domain='%d' ORDER BY 1", "x@example.test"));
        await using var table = OpenFile("SELECT local_part FROM mailbox WHERE domain='%d'", "expansion_limit = 1");
        Assert.True((await table.FindAsync("x@example.test", CancellationToken.None)).IsFailure);
    }

    [Theory]
    [InlineData("sales@example.test", true)]
    [InlineData("sales@EXAMPLE.test", true)]
    [InlineData("sales@other.test", false)]
    [InlineData("sales", false)]
    [InlineData("@example.test", false)]
    public async Task Domain_parameter_keeps_other_keys_away(string key, bool expected)
    {
        await using var table = OpenFile("SELECT 'hit ' || '%s'", "domain = example.test, third.test");
        Assert.Equal(expected, (await table.FindAsync(key, CancellationToken.None)).IsFound);
    }

    [Fact]
    public async Task Obsolete_form_still_works()
    {
        var cf = Write("old.cf", $"dbpath = {_folder}/vmail.sqlite3\nselect_field = goto\ntable = alias\nwhere_field = address\nadditional_conditions = AND active = '1'\n");
        await using var table = _bench.Open("sqlite", cf);
        Assert.True((await table.FindAsync("sales@example.test", CancellationToken.None)).IsFound);
    }

    [Theory]
    [InlineData("dbpath = nowhere.sqlite3\nquery = SELECT '%s'\n", 1, "there is no file")]
    [InlineData("dbpath = vmail.sqlite3\n\nquery = SELECT missing FROM alias WHERE address='%s'\n", 3, "no such column")]
    [InlineData("dbpath = vmail.sqlite3\nquery = SELEC '%s'\n", 2, "syntax error")]
    [InlineData("dbpath = vmail.sqlite3\nquery = SELECT 1\n", 2, "does not ask for the key")]
    [InlineData("dbpath = vmail.sqlite3\nquery = SELECT '%s'; DELETE FROM alias\n", 2, "more than one statement")]
    [InlineData("dbpath = vmail.sqlite3\nquery = DELETE FROM alias WHERE address='%s'\n", 2, "not one that reads")]
    [InlineData("dbpath = vmail.sqlite3\nquery = SELECT '%s'\nexpansion_limit = many\n", 3, "is no number")]
    [InlineData("dbpath = vmail.sqlite3\nquery = SELECT '%s'\nresult_format = %x\n", 3, "unknown expansion")]
    [InlineData("dbpath = vmail.sqlite3\nquery = SELECT '%s'\nhosts = db\n", 3, "unknown parameter")]
    [InlineData("dbpath = bad.cf\nquery = SELECT '%s' FROM alias\n", 2, "not a database")]
    public void Mistakes_are_told_at_load_with_their_place(string text, int line, string mistake)
    {
        var cf = Write("bad.cf", text);
        var error = Assert.Throws<ConfigurationException>(() => _bench.Open("sqlite", cf));
        Assert.StartsWith($"{cf}:{line}: ", error.Message);
        Assert.Contains(mistake, error.Message);
    }

    [Fact]
    public void Missing_parameter_file_is_named() =>
        Assert.Contains("nowhere.cf", Assert.Throws<ConfigurationException>(() => _bench.Open("sqlite", _folder + "/nowhere.cf")).Message);

    [Fact]
    public async Task Database_that_vanishes_is_a_temporary_failure_until_it_is_back()
    {
        await using var table = OpenFile(Aliases);
        File.Move(_folder + "/vmail.sqlite3", _folder + "/away");
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await table.FindAsync("sales@example.test", CancellationToken.None)).IsFailure);
        Change("vmail.sqlite3", Rows + "UPDATE alias SET goto = 'new@example.test';");
        Assert.Equal("new@example.test", (await table.FindAsync("sales@example.test", CancellationToken.None)).Value);
    }

    [Fact]
    public async Task Table_dropped_under_the_query_is_a_temporary_failure()
    {
        await using var table = OpenFile(Aliases);
        Change("vmail.sqlite3", "DROP TABLE alias");
        Assert.True((await table.FindAsync("sales@example.test", CancellationToken.None)).IsFailure);
    }

    [Fact]
    public async Task Change_of_a_row_is_seen_at_once()
    {
        await using var table = OpenFile(Aliases);
        Change("vmail.sqlite3", "UPDATE alias SET goto = 'bob@example.test'");
        Assert.Equal("bob@example.test", (await table.FindAsync("sales@example.test", CancellationToken.None)).Value);
    }

    [Fact]
    public async Task Lock_is_waited_for_and_then_a_temporary_failure()
    {
        await using var table = OpenFile(Aliases);
        using var writer = Connect("vmail.sqlite3");
        Execute(writer, "BEGIN EXCLUSIVE");
        var waiting = table.FindAsync("sales@example.test", CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        Execute(writer, "COMMIT");
        _bench.Clock.Advance(TimeSpan.FromMilliseconds(20));
        Assert.True((await waiting).IsFound);

        Execute(writer, "BEGIN EXCLUSIVE");
        waiting = table.FindAsync("sales@example.test", CancellationToken.None).AsTask();
        _bench.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains("locked", (await waiting).Failure);
    }

    [Fact]
    public async Task Many_ask_at_once()
    {
        await using var table = OpenFile(Aliases);
        await Parallel.ForAsync(0, 2000, async (n, token) => Assert.Equal(n % 2 == 0, (await table.FindAsync(n % 2 == 0 ? "sales@example.test" : "x", token)).IsFound));
    }

    private async Task<string?> Ask(string query, string key)
    {
        await using var table = OpenFile(query);
        var result = await table.FindAsync(key, CancellationToken.None);
        Assert.Null(result.Failure);
        return result.Value;
    }

    private ILookupTable OpenFile(string query, string more = "") =>
        _bench.Open("sqlite", Write("table.cf", $"dbpath = {_folder}/vmail.sqlite3\nquery = {query}\n{more}\n"));

    private string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(_folder, name), text);
        return Path.Combine(_folder, name);
    }

    private SqliteConnection Connect(string name)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, name)};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Change(string name, string sql)
    {
        using var connection = Connect(name);
        Execute(connection, sql);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
