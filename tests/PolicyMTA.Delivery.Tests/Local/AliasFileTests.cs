using System.Globalization;
using PolicyMTA.Delivery.Local;
using PolicyMTA.Delivery.Tests.Support;

namespace PolicyMTA.Delivery.Tests.Local;

/// <summary>Files in the format of aliases(5). The problems are those postalias(1) tells of.</summary>
public sealed class AliasFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Good_entries_are_kept_and_the_others_told_with_their_lines()
    {
        var file = AliasFile.Parse("# comment\ngood: a, b\nbad line\nEmpty:\n: x\ndup: a\nDUP: b\n\"quo ted\": c\nu@dom: d\nlong: x,\n  y\n# in between\n\tz\nw : q\nx:y:z\n\"a:b\": c\n\"c@d\": e\n");

        Assert.Equal(["a:b=c", "c@d=e", "dup=a", "good=a, b", "long=x,  y\tz", "quo ted=c", "w=q", "x=y:z"], file.Entries.Select(entry => $"{entry.Key}={entry.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(["3 need name:value pair", "4 need name:value pair", "5 need name:value pair", "7 duplicate entry: \"dup\"", "9 name must be local"], file.Problems.Select(problem => $"{problem.Line} {problem.Message}"));
    }

    [Fact]
    public void Entry_without_any_destination_is_told() => Assert.Equal("no destination for \"a\"", Assert.Single(AliasFile.Parse("a: <>, ()\n").Problems).Message);

    [Fact]
    public async Task Changed_file_is_read_anew_and_a_missing_one_fails_or_is_empty()
    {
        var path = Path.Combine(_folder.Path, "aliases");
        var (table, lenient) = (new AliasTable(path, mayBeMissing: false), new AliasTable(path, mayBeMissing: true));
        Assert.True((await table.FindAsync("a", default)).IsFailure);
        Assert.Equal(default, await lenient.FindAsync("a", default));

        await File.WriteAllTextAsync(path, "a: b\n");
        Assert.Equal("b", (await table.FindAsync("a", default)).Value);
        await File.WriteAllTextAsync(path + ".new", "a: c\n");
        File.Move(path + ".new", path, overwrite: true);
        Assert.Equal("c", (await table.FindAsync("a", default)).Value);
        Assert.Equal(UserRights.OwnId, table.FindOwner());
        File.Delete(path);
        Assert.True((await table.FindAsync("a", default)).IsFailure);
    }

    [Fact]
    public void Any_text_is_read_and_every_name_found_is_one_of_its_own()
    {
        const string Alphabet = "ab:,\"\\@# \t\n";
        var random = new Random(815);
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            var file = AliasFile.Parse(text);
            Assert.All(file.Entries, entry => Assert.True(entry.Key.Length > 0 && AliasValue.Read(entry.Value).Count > 0));
            Assert.All(file.Problems, problem => Assert.InRange(problem.Line, 1, text.Count('\n') + 1));
        }
    }

    [Fact]
    public void Many_entries_are_read_quickly()
    {
        var begun = TimeProvider.System.GetTimestamp();
        Assert.Equal(100_000, AliasFile.Parse(string.Concat(Enumerable.Range(0, 100_000).Select(n => string.Create(CultureInfo.InvariantCulture, $"name{n}: user{n}\n")))).Entries.Count);
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10));
    }
}
