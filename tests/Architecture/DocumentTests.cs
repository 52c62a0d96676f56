using System.Text.RegularExpressions;

namespace PolicyMTA.Architecture.Tests;

/// <summary>What the documents say is tested is tested.</summary>
public sealed partial class DocumentTests
{
    private static readonly Lazy<ILookup<string, string>> Sources = new(() => Repository.Sources("tests").Select(File.ReadAllText).SelectMany(text => Class().Matches(text).Select(name => (name.Groups[1].Value, text))).ToLookup(pair => pair.Value, pair => pair.text));

    public static TheoryData<string, string> NamedTests => [.. Documents().SelectMany(document => Name().Matches(document.Text).Select(name => (document.Name, name.Value.Trim('`')))).Distinct()];

    [Theory]
    [MemberData(nameof(NamedTests))]
    public void Test_that_a_document_names_exists(string document, string test)
    {
        var (type, method) = (test.Split('.')[0], test.Split('.')[1]);
        Assert.True(Sources.Value[type].Any(text => Regex.IsMatch(text, $@"public (async )?(Task|void) {method}\(")), $"{document} names {test}, which is nowhere");
    }

    [Fact]
    public void Every_state_of_the_queue_and_every_trouble_names_its_test()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "queue-states.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.EndsWith("| Test |", StringComparison.Ordinal)).ToList();
        Assert.True(rows.Count > 20, "the tables are gone");
        Assert.DoesNotContain(rows, row => row.Split('|')[^2] is var test && !Name().IsMatch(test) && !test.Contains("*kill*", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_line_of_the_guide_has_a_home_and_a_test()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "guide.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')).ToList();
        Assert.True(rows.Count >= 55, "the tables are gone");
        Assert.DoesNotContain(rows, row => row.Length != 5 || row[2].Trim().Length == 0);
        Assert.DoesNotContain(rows, row => !Name().IsMatch(row[3]) && !row[2].Contains("not needed", StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, string Text)> Documents() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(file => (Path.GetFileName(file), File.ReadAllText(file)));

    [GeneratedRegex(@"`\w+Tests\.\w+`")]
    private static partial Regex Name();

    [GeneratedRegex(@"\bclass (\w+Tests)\b")]
    private static partial Regex Class();
}
