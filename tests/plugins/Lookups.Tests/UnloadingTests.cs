using Microsoft.Data.Sqlite;
using PolicyMTA.Lookups.Ldap;
using PolicyMTA.Lookups.Sql;
using PolicyMTA.Lookups.Sqlite;
using PolicyMTA.Lookups.Tests.Wire;
using PolicyMTA.Lookups.Text;
using PolicyMTA.Lookups.Wire;
using PolicyMTA.Plugins.Tests;

namespace PolicyMTA.Lookups.Tests;

public sealed class UnloadingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-unload-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Sqlite_plugin_leaves_nothing_behind()
    {
        var path = Path.Combine(_folder, "x.sqlite3");
        await using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES ('a', 'b');";
            await command.ExecuteNonQueryAsync();
        }
        Assert.True(await Unloading.LeavesAfterAsync(typeof(SqlitePlugin).Assembly.Location, async bench =>
        {
            await using var table = bench.Open("sqlite", "t", ("dbpath", path), ("query", "SELECT v FROM t WHERE k = '%s'"));
            Assert.Equal("b", (await table.FindAsync("a", CancellationToken.None)).Value);
        }));
    }

    [Fact]
    public async Task Sql_plugin_leaves_nothing_behind()
    {
        await using var server = await PostgresServer.StartAsync();
        Assert.True(await Unloading.LeavesAfterAsync(typeof(SqlPlugin).Assembly.Location, async bench =>
        {
            (string, string)[] access = [("hosts", $"127.0.0.1:{server.Port}"), ("user", "mail"), ("password", "secret"), ("dbname", "mail"), ("query", "SELECT '%s'")];
            await using var table = bench.Open("pgsql", "t", access);
            Assert.Equal("a", (await table.FindAsync("a", CancellationToken.None)).Value);
            await using var absent = bench.Open("mysql", "t", [.. access.Skip(1), ("hosts", "127.0.0.1:1")]);
            Assert.True((await absent.FindAsync("a", CancellationToken.None)).IsFailure);
        }));
    }

    [Fact]
    public async Task Ldap_plugin_leaves_nothing_behind()
    {
        await using var server = await DirectoryServer.StartAsync("dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\no: a\ndc: example\n\n");
        Assert.True(await Unloading.LeavesAfterAsync(typeof(LdapPlugin).Assembly.Location, async bench =>
        {
            (string, string)[] access = [("server_host", $"localhost:{server.Port}"), ("search_base", "dc=example,dc=test"), ("query_filter", "(o=%s)"), ("result_attribute", "o"), ("start_tls", "yes")];
            await using var table = bench.Open("ldap", "t", access);
            Assert.Equal("a", (await table.FindAsync("a", CancellationToken.None)).Value);
        }));
    }

    [Fact]
    public async Task Text_plugin_leaves_nothing_behind()
    {
        var path = Path.Combine(_folder, "map");
        await File.WriteAllTextAsync(path, "/^(a)/ $1\n/(/ broken\n");
        Assert.True(await Unloading.LeavesAfterAsync(typeof(TextPlugin).Assembly.Location, async bench =>
        {
            await using var table = bench.Open("pcre", path);
            Assert.Equal("a", (await table.FindAsync("ab", CancellationToken.None)).Value);
        }));
    }

    [Fact]
    public async Task Wire_plugin_leaves_nothing_behind()
    {
        await using var server = new ScriptedServer(async (stream, end) =>
        {
            await new WireReader(stream).ReadLineAsync(100, end);
            await stream.WriteAsync("200 b\n"u8.ToArray(), end);
            await stream.ReadExactlyAsync(new byte[1], end);
        });
        Assert.True(await Unloading.LeavesAfterAsync(typeof(WirePlugin).Assembly.Location, async bench =>
        {
            await using var table = bench.Open("tcp", $"127.0.0.1:{server.Port}");
            Assert.Equal("b", (await table.FindAsync("a", CancellationToken.None)).Value);
        }));
    }
}
