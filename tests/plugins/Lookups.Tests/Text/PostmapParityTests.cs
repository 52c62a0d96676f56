using Microsoft.Data.Sqlite;
using PolicyMTA.Lookups.Sqlite;
using PolicyMTA.Lookups.Text;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests.Text;

/// <summary>Generated tables and keys, asked of ours and of Postfix's own program.</summary>
public sealed class PostmapParityTests : IDisposable
{
    private const int Tables = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-postmap-").FullName;
    private readonly PluginBench _bench = new(new TextPlugin(), new SqlitePlugin());

    public PostmapParityTests() => _bench.Folder = _folder;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("texthash", "")]
    [InlineData("hash", "hash")]
    [InlineData("btree", "btree")]
    [InlineData("lmdb", "lmdb")]
    [InlineData("cdb", "cdb")]
    public Task Text_files_agree(string type, string compiled) => AgreeAsync(type, TableTexts.Keyed, TableTexts.Keys, compile: compiled.Length > 0);

    [Fact]
    public Task Networks_agree() => AgreeAsync("cidr", TableTexts.Networks, TableTexts.Addresses);

    [Fact]
    public Task Posix_patterns_agree() => AgreeAsync("regexp", random => TableTexts.Patterns(random, isPerl: false), TableTexts.PatternKeys);

    [Fact]
    public Task Perl_patterns_agree() => AgreeAsync("pcre", random => TableTexts.Patterns(random, isPerl: true), TableTexts.PatternKeys);

    [Fact]
    public async Task Tables_written_in_place_agree()
    {
        var postmap = RealPostmap.Require(_folder);
        var random = new Random(20260);
        for (var i = 0; i < Tables; i++)
        {
            var specification = TableTexts.InPlace(random, 2);
            await CompareAsync(postmap, specification, "", [.. "abcdABZ".Select(c => c.ToString()), "b c", "b,c"]);
        }
    }

    [Fact]
    public async Task Random_values_agree()
    {
        var postmap = RealPostmap.Require(_folder);
        const string specification = "randmap:{one, {two three}, static:x}";
        string[] values = ["one", "{two three}", "static:x"];
        await using var table = _bench.Open(specification);
        for (var i = 0; i < 200; i++) Assert.Contains((await table.FindAsync("k", CancellationToken.None)).Value, values);
        Assert.Contains((await postmap.AskAsync(specification, ["k"]))["k"], values);
    }

    [Fact]
    public async Task Accounts_agree()
    {
        var postmap = RealPostmap.Require(_folder);
        await CompareAsync(postmap, "unix:passwd.byname", "", ["root", "daemon", "ROOT", "nobody-of-this-name"]);
        await CompareAsync(postmap, "unix:group.byname", "", ["root", "daemon", "adm", "x:"]);
    }

    [Fact]
    public async Task Queries_of_sqlite_expand_alike()
    {
        var postmap = RealPostmap.Require(_folder);
        var database = Path.Combine(_folder, "x.sqlite3");
        await using (var connection = new SqliteConnection($"Data Source={database};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES ('a','one@two.example'),('a','three'),('b',''),('b@x.example.org','u@d'),('x.example.org','dom'),('o''b@x.org','quoted'),('org','tld'),('example','second');";
            await command.ExecuteNonQueryAsync();
        }
        string[] wheres = ["k = '%s'", "k = '%u'", "k = '%d'", "k = '%S'", "k = '%U'", "k = '%D'", "k = '%1'", "k = '%2'", "k = '%3'", "k = '%u@%d'", "'%1' = 'org'", "'%%' = '%%' AND k = '%s'"];
        string[] formats = ["", "%s", "%u", "%d", "%s:%u", "x%%%s", "%U-%s", "%D-%s", "%S", "%1-%s", "%2", "const"];
        string[] rest = ["", "domain = x.example.org, x.org\n", "expansion_limit = 8\n"];
        var random = new Random(515);
        string[] keys = ["a", "b", "b@x.example.org", "a@x.example.org", "x.example.org", "o'b@x.org", "@x.org", "a@", "' OR 1=1 --@x.org", "a@b@x.org", "org", "A@X.Example.ORG", "a@.x", "a@x..org", "%s@x.org", "\\'@x.org"];
        for (var i = 0; i < Tables; i++)
        {
            var file = Path.Combine(_folder, $"q{i}.cf");
            var format = formats[random.Next(formats.Length)];
            File.WriteAllText(file, $"dbpath = {database}\nquery = SELECT v FROM t WHERE {wheres[random.Next(wheres.Length)]} ORDER BY rowid\n{(format.Length > 0 ? $"result_format = {format}\n" : "")}{rest[random.Next(rest.Length)]}");
            await CompareAsync(postmap, $"sqlite:{file}", File.ReadAllText(file), keys);
        }
    }

    private async Task AgreeAsync(string type, Func<Random, string> text, Func<Random, string[]> keys, bool compile = false)
    {
        var postmap = RealPostmap.Require(_folder);
        var random = new Random(512);
        for (var i = 0; i < Tables; i++)
        {
            var file = Path.Combine(_folder, $"map{i}");
            var content = text(random);
            File.WriteAllText(file, content);
            if (compile) await postmap.CompileAsync($"{type}:{file}");
            await CompareAsync(postmap, $"{type}:{file}", content, keys(random));
        }
    }

    private async Task CompareAsync(RealPostmap postmap, string specification, string content, string[] keys)
    {
        var expected = await postmap.AskAsync(specification, keys);
        await using var table = _bench.Open(specification);
        foreach (var key in keys)
        {
            var result = await table.FindAsync(table.FoldsKeys ? key.ToLowerInvariant() : key, CancellationToken.None);
            Assert.True(result.Value == expected.GetValueOrDefault(key) && !result.IsFailure,
                $"{specification}: key [{key}]: ours [{result.Value}{result.Failure}], Postfix's [{expected.GetValueOrDefault(key)}]\n{content}\n{string.Join('\n', _bench.Lines.TakeLast(5))}");
        }
    }
}
