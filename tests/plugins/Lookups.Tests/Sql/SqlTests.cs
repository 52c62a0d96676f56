using PolicyMTA.Lookups.Sql;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Lookups.Tests.Sql;

/// <summary>What pgsql and mysql tables have in common, asked of a real server of each kind.</summary>
public abstract class SqlTests : IAsyncLifetime
{
    private protected const string Rows = """
        INSERT INTO alias VALUES ('alice@example.test', 'alice@example.test', 1), ('sales@example.test', 'alice@example.test', 2), ('sales@example.test', 'bob@example.test', 3),
          ('quote''s@example.test', 'q', 4), ('back\slash@example.test', 'b', 5), ('grün@example.test', 'g', 6), ('%s@example.test', 'p', 7), ('empty@example.test', '', 8), ('user', 'u', 9);
        """;

    private readonly TemporaryFolder _folder = new();
    private protected PluginBench Bench { get; } = new(new SqlPlugin());

    private protected abstract string Type { get; }

    private protected abstract string Access { get; }

    private protected abstract DatabaseServer Server { get; }

    public abstract ValueTask InitializeAsync();

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Values_are_found_joined_missed_and_never_injected()
    {
        await using var table = Open("query = SELECT goto FROM alias WHERE address = '%s' ORDER BY id");
        Assert.Equal("alice@example.test", (await FindAsync(table, "alice@example.test")).Value);
        Assert.Equal("alice@example.test,bob@example.test", (await FindAsync(table, "sales@example.test")).Value);
        Assert.Equal(("q", "b", "g", "p"), ((await FindAsync(table, "quote's@example.test")).Value, (await FindAsync(table, "back\\slash@example.test")).Value, (await FindAsync(table, "grün@example.test")).Value, (await FindAsync(table, "%s@example.test")).Value));
        foreach (var key in (string[])
        [
            "nobody@example.test", "empty@example.test", "", "' OR '1'='1", "x' UNION SELECT goto FROM alias -- ", "\\' OR 1=1 -- ", "'; DROP TABLE alias; -- ", "x\0' OR 1=1", "\u02bc OR 1=1", new string('a', 10_000), "$1", "@p1", "?", "alice@example.test ",
        ])
        {
            var result = await FindAsync(table, key);
            Assert.True(result == LookupResult.None || key == "alice@example.test " && result.IsFound, $"{key}: {result}"); // MariaDB pads when it compares
        }
        Assert.True((await FindAsync(table, "alice@example.test")).IsFound);
    }

    [Theory]
    [InlineData("SELECT goto FROM alias WHERE address = '%u@%d' AND id = 1", "", "alice@example.test", "alice@example.test")]
    [InlineData("SELECT goto FROM alias WHERE address = '%u'", "", "user@example.test", "u")]
    [InlineData("SELECT goto FROM alias WHERE address = '%u'", "", "user", "u")]
    [InlineData("SELECT goto FROM alias WHERE address = '%u@%d'", "", "user", null)]
    [InlineData("SELECT goto FROM alias WHERE address = '%2.%1' OR address = 'alice@%2.%1' AND id = 1", "", "x@example.test", "alice@example.test")]
    [InlineData("SELECT goto FROM alias WHERE address = '%s' AND id = 1", "result_format = <%u at %d of %S>", "alice@example.test", "<alice at example.test of alice@example.test>")]
    [InlineData("SELECT goto, id FROM alias WHERE address = '%s' AND id = 1", "", "alice@example.test", "alice@example.test,1")]
    [InlineData("SELECT goto FROM alias WHERE address = '%s' AND id = 1", "domain = example.test", "alice@example.test", "alice@example.test")]
    [InlineData("SELECT goto FROM alias WHERE address = '%s' AND id = 1", "domain = other.test", "alice@example.test", null)]
    [InlineData("SELECT '%s'", "", "alice@example.test", "alice@example.test")]
    public async Task Expansions_are_Postfix_ones(string query, string more, string key, string? expected)
    {
        await using var table = Open($"query = {query}\n{more}");
        var result = await FindAsync(table, key);
        Assert.Equal((expected, null), (result.Value, result.Failure));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public async Task Expansion_limit_has_two_sides(int limit, bool isFailure)
    {
        await using var table = Open($"query = SELECT goto FROM alias WHERE address = '%s' ORDER BY id\nexpansion_limit = {limit}");
        Assert.Equal(isFailure, (await FindAsync(table, "sales@example.test")).IsFailure);
    }

    [Fact]
    public async Task Old_form_of_a_query_is_understood()
    {
        await using var table = Open("select_field = goto\ntable = alias\nwhere_field = address\nadditional_conditions = AND id < 3");
        Assert.Equal("alice@example.test", (await FindAsync(table, "sales@example.test")).Value);
    }

    [Fact]
    public async Task Wrong_query_is_a_failure_and_no_reason_to_leave_the_server_alone()
    {
        await using var table = Open("query = SELECT nothing FROM nowhere WHERE x = '%s'");
        var result = await FindAsync(table, "alice@example.test");
        Assert.True(result.IsFailure);
        Assert.Contains("nowhere", result.Failure, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Bench.Lines);
    }

    [Fact]
    public async Task Server_that_is_killed_fails_lookups_until_it_is_back_and_nothing_is_ever_missed()
    {
        await using var table = Open("query = SELECT goto FROM alias WHERE address = '%s' AND id = 1\nretry_interval = 1");
        Assert.True((await FindAsync(table, "alice@example.test")).IsFound);
        await Server.KillAsync();
        for (var i = 0; i < 5; i++) Assert.True((await FindAsync(table, "alice@example.test")).IsFailure, "it does not fail");
        await Server.StartAgainAsync();
        await UntilFoundAsync(table);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ => Assert.Equal(new LookupResult?(), (await FindAsync(table, "alice@example.test")) is { IsFound: false } missed ? missed : null)));

        await Server.KillAsync();
        await Server.StartAgainAsync();
        // Its connections died unseen.
        var found = await FindAsync(table, "alice@example.test");
        Assert.True(found.IsFound, found.Failure);
    }

    [Fact]
    public async Task Another_host_is_asked_when_one_does_not_answer()
    {
        var access = Access.Replace($"hosts = 127.0.0.1:{Server.Port}", $"hosts = 127.0.0.1:1 inet:127.0.0.1:{Server.Port}", StringComparison.Ordinal);
        await using var table = OpenFile(access + "query = SELECT goto FROM alias WHERE address = '%s' AND id = 1\n");
        for (var i = 0; i < 20; i++) Assert.True((await FindAsync(table, "alice@example.test")).IsFound);
        Assert.True(Bench.Lines.Count <= 1, string.Join("\n", Bench.Lines));
    }

    [Fact]
    public async Task Server_that_is_not_there_at_the_start_is_no_mistake()
    {
        await using var table = OpenFile(Access.Replace($":{Server.Port}", ":1", StringComparison.Ordinal) + "query = SELECT goto FROM alias WHERE address = '%s'\n");
        Assert.True((await FindAsync(table, "alice@example.test")).IsFailure);
    }

    [Theory]
    [InlineData("hosts = 127.0.0.1:99999\nquery = SELECT '%s'\ndbname = x", "hosts")]
    [InlineData("hosts = [::1\nquery = SELECT '%s'\ndbname = x", "hosts")]
    [InlineData("query = SELECT '%s'", "dbname")]
    [InlineData("dbname = x", "query")]
    [InlineData("dbname = x\nquery = SELECT 1", "query")]
    [InlineData("dbname = x\nquery = SELECT '%s'\nqery = y", "qery")]
    public void Mistakes_are_told_with_their_place(string text, string named)
    {
        var error = Assert.Throws<ConfigurationException>(() => OpenFile(text + "\n"));
        Assert.Contains("table.cf", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private protected ILookupTable Open(string text) => OpenFile(Access + text + "\n");

    private protected ILookupTable OpenFile(string text)
    {
        File.WriteAllText(_folder.File("table.cf"), text);
        return Bench.Open(Type, _folder.File("table.cf"));
    }

    private protected static async Task<LookupResult> FindAsync(ILookupTable table, string key) => await table.FindAsync(key, CancellationToken.None);

    private static async Task UntilFoundAsync(ILookupTable table)
    {
        for (var i = 0; !(await FindAsync(table, "alice@example.test")).IsFound; i++)
        {
            Assert.True(i < 100, "it is not found again");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}

/// <summary>PostgreSQL.</summary>
public sealed class PostgresTests(SharedServer<PostgresServer> shared) : SqlTests, IClassFixture<SharedServer<PostgresServer>>
{
    private PostgresServer _server = null!;

    private protected override string Type => "pgsql";

    private protected override DatabaseServer Server => _server;

    private protected override string Access => $"hosts = 127.0.0.1:{_server.Port}\nuser = mail\npassword = secret\ndbname = mail\n";

    public override async ValueTask InitializeAsync() => _server = await shared.GetAsync(async () =>
    {
        var server = await PostgresServer.StartAsync();
        await server.ExecuteAsync("CREATE TABLE alias (address varchar(255), goto text, id integer);" + Rows);
        return server;
    });

    [Theory]
    [InlineData("hosts = unix:{0}/.s.PGSQL.{1}")]
    [InlineData("hosts = postgresql://mail:secret@127.0.0.1:{1}/mail?sslmode=disable\ndbname = other")]
    public async Task Sockets_and_URIs_are_understood(string hosts)
    {
        await using var table = OpenFile($"user = mail\npassword = secret\ndbname = mail\n{string.Format(hosts, _server.Sockets, _server.Port)}\nquery = SELECT goto FROM alias WHERE address = '%s' AND id = 1\n");
        Assert.Equal("alice@example.test", (await FindAsync(table, "alice@example.test")).Value);
    }

    [Fact]
    public async Task Number_is_asked_for_without_quotes_and_a_function_by_its_name()
    {
        await using var table = Open("query = SELECT goto FROM alias WHERE id = %u");
        Assert.Equal("u", (await FindAsync(table, "9")).Value);
        Assert.True((await FindAsync(table, "1 OR 1=1")).IsFailure);
        await _server.ExecuteAsync("CREATE FUNCTION find_it(text) RETURNS text AS 'SELECT goto FROM alias WHERE address = $1 AND id = 1' LANGUAGE sql");
        await using var function = Open("select_function = find_it");
        Assert.Equal("alice@example.test", (await FindAsync(function, "alice@example.test")).Value);
    }
}

/// <summary>MariaDB, as it stands for MySQL too.</summary>
public sealed class MySqlTests(SharedServer<MariaDbServer> shared) : SqlTests, IClassFixture<SharedServer<MariaDbServer>>
{
    private MariaDbServer _server = null!;

    private protected override string Type => "mysql";

    private protected override DatabaseServer Server => _server;

    private protected override string Access => $"hosts = 127.0.0.1:{_server.Port}\nuser = mail\npassword = secret\ndbname = mail\n";

    public override async ValueTask InitializeAsync() => _server = await shared.GetAsync(async () =>
    {
        var server = await MariaDbServer.StartAsync();
        await server.ExecuteAsync("CREATE TABLE alias (address varchar(255), goto text, id integer);" + Rows.Replace("\\", "\\\\", StringComparison.Ordinal));
        return server;
    });

    [Fact]
    public async Task Socket_and_option_file_are_understood()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("my.cnf"), "[client]\nuser = nobody\n[postfix]\nuser = \"mail\"\npassword=secret\n");
        await using var table = OpenFile($"hosts = unix:{_server.Socket}\noption_file = {folder.File("my.cnf")}\noption_group = postfix\ndbname = mail\nquery = SELECT goto FROM alias WHERE address = '%s' AND id = 1\n");
        Assert.Equal("alice@example.test", (await FindAsync(table, "alice@example.test")).Value);
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("no", false)]
    public async Task Query_without_a_result_set_is_a_failure_where_one_is_required(string required, bool isFailure)
    {
        await using var table = Open($"query = DO '%s'\nrequire_result_set = {required}");
        var result = await FindAsync(table, "x");
        Assert.Equal((isFailure, false), (result.IsFailure, result.IsFound));
    }
}
