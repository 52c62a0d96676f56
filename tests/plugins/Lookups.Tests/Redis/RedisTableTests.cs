using PolicyMTA.Lookups.Redis;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;
using StackExchange.Redis;

namespace PolicyMTA.Lookups.Tests.Redis;

public sealed class RedisTableTests : IAsyncLifetime
{
    private readonly PluginBench _bench = new(new RedisPlugin());
    private RedisServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_server.Port}");
        var database = connection.GetDatabase(3);
        await database.StringSetAsync("alias:alice@example.test", "bob@example.test");
        await database.StringSetAsync("alias:*", "star");
        await database.HashSetAsync("user:alice@example.test", "maildir", "example.test/alice/");
        await database.SetAddAsync("domains", "example.test");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [Fact]
    public async Task Every_command_finds_what_is_there_and_nothing_else()
    {
        await using var aliases = Open(("key_format", "alias:%s"));
        Assert.Equal("bob@example.test", await AskAsync(aliases, "alice@example.test"));
        Assert.Null(await AskAsync(aliases, "nobody@example.test"));
        await using var users = Open(("key_format", "user:%s"), ("command", "hget"), ("field", "maildir"), ("result_format", "/var/mail/%s"));
        Assert.Equal("/var/mail/example.test/alice/", await AskAsync(users, "alice@example.test"));
        Assert.Null(await AskAsync(users, "bob@example.test"));
        await using var domains = Open(("key_format", "domains"), ("command", "sismember"), ("member", "%d"));
        Assert.Equal("example.test", await AskAsync(domains, "x@example.test"));
        Assert.Null(await AskAsync(domains, "x@other.test"));
        Assert.Null(await AskAsync(domains, "x"));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("x\r\nFLUSHALL\r\n")]
    [InlineData("x\r\nSET alias:pwned 1\r\n")]
    [InlineData("a b\0c")]
    [InlineData("$5\r\nhello")]
    public async Task Hostile_keys_are_one_argument(string key)
    {
        await using var table = Open(("key_format", "alias:%s"));
        Assert.Equal(key == "*" ? "star" : null, await AskAsync(table, key));
        Assert.Equal("bob@example.test", await AskAsync(table, "alice@example.test"));
        Assert.Null(await AskAsync(table, "pwned"));
    }

    [Fact]
    public async Task Key_of_another_kind_is_a_failure()
    {
        await using var table = Open(("key_format", "%s"));
        Assert.Contains("WRONGTYPE", (await table.FindAsync("domains", CancellationToken.None)).Failure);
    }

    [Fact]
    public async Task Server_may_be_killed_and_started_again()
    {
        await using var table = Open(("key_format", "alias:%s"));
        Assert.Equal("bob@example.test", await AskAsync(table, "alice@example.test"));
        await _server.KillAsync();
        for (var i = 0; i < 3; i++) Assert.True((await table.FindAsync("alice@example.test", CancellationToken.None)).IsFailure);
        await _server.StartAgainAsync();
        await BackAsync(table);
    }

    [Fact]
    public async Task Server_may_be_down_at_the_start()
    {
        await _server.KillAsync();
        await using var table = Open(("key_format", "alias:%s"), ("timeout", "1"));
        Assert.True((await table.FindAsync("alice@example.test", CancellationToken.None)).IsFailure);
        await _server.StartAgainAsync();
        await BackAsync(table);
    }

    [Fact]
    public async Task Password_is_needed_and_kept_out_of_the_failure()
    {
        await using var guarded = await RedisServer.StartAsync("--requirepass", "pencil");
        await using var right = _bench.Open("redis", "x", ("server", $"127.0.0.1:{guarded.Port}"), ("password", "pencil"));
        Assert.Equal(LookupResult.None, await right.FindAsync("k", CancellationToken.None));
        await using var wrong = _bench.Open("redis", "x", ("server", $"127.0.0.1:{guarded.Port}"), ("password", "penknife"), ("timeout", "1"));
        var failure = (await wrong.FindAsync("k", CancellationToken.None)).Failure;
        Assert.NotNull(failure);
        Assert.DoesNotContain("penknife", failure);
    }

    [Theory]
    [InlineData("command", "eval", "none of get, hget, sismember")]
    [InlineData("command", "hget", "field")]
    [InlineData("key_format", "fixed", "is not asked for")]
    [InlineData("key_format", "%x", "unknown expansion")]
    [InlineData("tls", "maybe", "none of yes, no")]
    [InlineData("tls_ca_file", "nowhere.pem", "there is no file")]
    [InlineData("password_file", "nowhere", "nowhere")]
    [InlineData("timeout", "0", "not between 1 and 100")]
    [InlineData("timeout", "101", "not between 1 and 100")]
    [InlineData("servers", ",", "is missing")]
    [InlineData("hosts", "x", "unknown parameter")]
    public void Mistakes_are_told_at_load(string name, string value, string mistake)
    {
        var parameters = new Dictionary<string, string> { ["servers"] = "127.0.0.1:1", [name] = value };
        Assert.Contains(mistake, Assert.Throws<ConfigurationException>(() => _bench.Open("redis", "x", [.. parameters.Select(p => (p.Key, p.Value))])).Message);
    }

    [Fact]
    public void Memcache_names_redis() => Assert.Contains("type = \"redis\"", Assert.Throws<ConfigurationException>(() => _bench.Open("memcache", "/etc/x.cf")).Message);

    [Fact]
    public async Task Plugin_leaves_nothing_behind() => Assert.True(await Unloading.LeavesAfterAsync(typeof(RedisPlugin).Assembly.Location, async bench =>
    {
        await using var table = bench.Open("redis", "x", ("server", $"127.0.0.1:{_server.Port}"), ("database", "3"), ("key_format", "alias:%s"));
        Assert.Equal("bob@example.test", (await table.FindAsync("alice@example.test", CancellationToken.None)).Value);
    }));

    private ILookupTable Open(params (string, string)[] parameters) => _bench.Open("redis", "x", [("server", $"127.0.0.1:{_server.Port}"), ("database", "3"), .. parameters]);

    private static async Task<string?> AskAsync(ILookupTable table, string key)
    {
        var result = await table.FindAsync(key, CancellationToken.None);
        Assert.Null(result.Failure);
        return result.Value;
    }

    private static async Task BackAsync(ILookupTable table)
    {
        for (var patience = 100; ; patience--)
        {
            var result = await table.FindAsync("alice@example.test", CancellationToken.None);
            if (result.Value == "bob@example.test") return;
            Assert.True(result.IsFailure && patience > 0, $"'{result.Value}' {result.Failure}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }
}
