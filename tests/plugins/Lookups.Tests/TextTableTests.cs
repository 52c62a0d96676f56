using PolicyMTA.Lookups.Text;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Tests;

public sealed class TextTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-text-").FullName;
    private readonly PluginBench _bench = new(new TextPlugin());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Lines_are_keys_and_values()
    {
        var file = Write("# comment\nSales@Example.test   alice@example.test,\n   bob@example.test\n\"two words\"@example.test x\nlonely\nsales@example.test other\n");
        await using var table = _bench.Open("hash", file);
        Assert.Equal("alice@example.test,   bob@example.test", await Ask(table, "sales@example.test"));
        Assert.Equal("x", await Ask(table, "two words@example.test"));
        Assert.Null(await Ask(table, "lonely"));
        Assert.Equal(["line 5: expected format: key whitespace value -- ignoring this line", "line 6: duplicate entry: \"sales@example.test\""], _bench.Lines.Select(line => line[(file.Length + 7)..]));
    }

    [Fact]
    public async Task Changed_file_is_read_again_and_a_missing_one_keeps_its_word()
    {
        var file = Write("a 1\n");
        await using var table = _bench.Open("texthash", file);
        Write("a 23\n");
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("23", await Ask(table, "a"));
        File.Delete(file);
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("23", await Ask(table, "a"));
        Assert.Single(_bench.Lines);
    }

    [Theory]
    [InlineData("inline:{ A=1, { b = 2 }, { c = 3 4 } }", "a", "1")]
    [InlineData("inline:{ A=1, { b = 2 }, { c = 3 4 } }", "c", "3 4")]
    [InlineData("static:yes", "anything", "yes")]
    [InlineData("static:{ yes or no }", "anything", "yes or no")]
    [InlineData("unionmap:{inline:{ {a = 1} },static:2}", "a", "1,2")]
    [InlineData("pipemap:{inline:{ a=b },inline:{ b=c }}", "a", "c")]
    [InlineData("pipemap:{inline:{ a=b },inline:{ b=c }}", "b", null)]
    [InlineData("proxy:static:x", "a", "x")]
    [InlineData("cidr:{ {10.0.0.0/8 inner} {0.0.0.0/0 outer} }", "10.1.2.3", "inner")]
    [InlineData("regexp:{ {/^postmaster@/ OK} {/\\.invalid$/ REJECT no} }", "x@y.INVALID", "REJECT no")]
    public async Task Tables_are_written_in_place(string specification, string key, string? value)
    {
        await using var table = _bench.Open(specification);
        Assert.Equal(value, await Ask(table, key));
    }

    [Fact]
    public async Task Failing_table_fails()
    {
        Assert.True((await _bench.Open("fail:test").FindAsync("a", CancellationToken.None)).IsFailure);
        Assert.True((await _bench.Open("unionmap:{static:1,fail:x}").FindAsync("a", CancellationToken.None)).IsFailure);
        Assert.True((await _bench.Open("pipemap:{static:1,fail:x}").FindAsync("a", CancellationToken.None)).IsFailure);
    }

    [Theory]
    [InlineData("inline:nothing")]
    [InlineData("inline:{ a=1, b = 2 }")]
    [InlineData("inline:{ }")]
    [InlineData("unionmap:{ }")]
    [InlineData("inline:{ {a=b }")]
    [InlineData("hash:/nowhere/at/all")]
    public void Nonsense_is_a_mistake(string specification) => Assert.Throws<ConfigurationException>(() => _bench.Open(specification));

    [Theory]
    [InlineData("regexp", "/^[[:digit:]]+\\.(test|example)$/ tld=$1", "42.example", "tld=example")]
    [InlineData("regexp", "/[\\d]/ backslash or d", "3", null)]
    [InlineData("regexp", "/abc/i case matters", "ABC", null)]
    [InlineData("pcre", "/^(\\w+)@(?=x\\.)/ ${1}$$$(1)", "joe@x.test", "joe$joe")]
    [InlineData("pcre", "/b/A anchored", "ab", null)]
    [InlineData("pcre", "!/@example\\.test$/ elsewhere", "a@other.test", "elsewhere")]
    [InlineData("pcre", "/a\\/b/ slash", "a/b", "slash")]
    [InlineData("pcre", "#a/b#\n%a/b% percent", "a/b", "percent")]
    public async Task Patterns_match_and_replace(string type, string text, string key, string? value)
    {
        await using var table = _bench.Open(type, Write(text + "\n"));
        Assert.Equal(value, await Ask(table, key));
    }

    [Fact]
    public async Task Pattern_that_takes_for_ever_is_a_temporary_failure()
    {
        await using var table = _bench.Open("pcre", Write("/^(a+)+\\1!!$/ x\n"));
        Assert.True((await table.FindAsync(new string('a', 40) + "!", CancellationToken.None)).IsFailure);
        await using var linear = _bench.Open("pcre", Write("/^(a+)+$/ x\n"));
        Assert.Equal(LookupResult.None, await linear.FindAsync(new string('a', 40) + "!", CancellationToken.None));
    }

    private static async Task<string?> Ask(ILookupTable table, string key) => (await table.FindAsync(key, CancellationToken.None)).Value;

    private string Write(string text)
    {
        var file = Path.Combine(_folder, "map");
        File.WriteAllText(file, text);
        return file;
    }
}
