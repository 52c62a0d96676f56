using System.Globalization;
using System.Text.RegularExpressions;
using PolicyMTA.Generations;

namespace PolicyMTA.Tests.Generations;

public sealed partial class LineDiffTests
{
    [Fact]
    public void A_change_is_shown_with_three_lines_around_it()
    {
        var before = string.Concat(Enumerable.Range(1, 12).Select(n => $"line {n}\n"));
        Assert.Equal(
            """
            --- policies/client.js
            +++ policies/client.js
            @@ -3,7 +3,8 @@
             line 3
             line 4
             line 5
            -line 6
            +line six
            +line six and a half
             line 7
             line 8
             line 9

            """,
            LineDiff.Write("policies/client.js", before, before.Replace("line 6\n", "line six\nline six and a half\n", StringComparison.Ordinal)));
    }

    [Fact]
    public void New_and_gone_files_are_named_so_and_equal_ones_are_nothing()
    {
        Assert.Equal("--- /dev/null\n+++ a.js\n@@ -0,0 +1,1 @@\n+x\n", LineDiff.Write("a.js", null, "x\n"));
        Assert.Equal("--- a.js\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n", LineDiff.Write("a.js", "x\n", null));
        Assert.Null(LineDiff.Write("a.js", "x", "x"));
    }

    [Fact]
    public void Whoever_follows_a_difference_arrives_at_the_other_text()
    {
        var random = new Random(11);
        for (var run = 0; run < 500; run++)
        {
            var before = Lines(random);
            var after = random.Next(3) == 0 ? Lines(random) : [.. before.SelectMany(l => random.Next(8) switch { 0 => (string[])[], 1 => [l, "new" + random.Next(4)], _ => [l] })];
            var text = LineDiff.Write("f", Join(before), Join(after));
            Assert.Equal(Join(after), text is null ? Join(before) : Join(Follow(before, text)));
        }
    }

    [Fact]
    public void Texts_too_long_to_compare_count_as_replaced()
    {
        var text = LineDiff.Write("f", string.Concat(Enumerable.Range(0, 3000).Select(n => $"a{n}\n")), string.Concat(Enumerable.Range(0, 3000).Select(n => $"b{n}\n")))!;
        Assert.Equal(3 + 6000, text.Split('\n').Length - 1);
    }

    private static List<string> Lines(Random random) => [.. Enumerable.Range(0, random.Next(30)).Select(_ => "l" + random.Next(6))];

    private static string Join(IEnumerable<string> lines) => string.Concat(lines.Select(l => l + "\n"));

    private static List<string> Follow(List<string> before, string difference)
    {
        var (after, at) = (new List<string>(), 0);
        foreach (var line in difference.TrimEnd('\n').Split('\n').Skip(2))
        {
            if (Hunk().Match(line) is { Success: true } hunk)
            {
                var start = int.Parse(hunk.Groups[1].Value, CultureInfo.InvariantCulture) - (hunk.Groups[2].Value == "0" ? 0 : 1);
                while (at < start) after.Add(before[at++]);
            }
            else if (line[0] == '+') after.Add(line[1..]);
            else
            {
                Assert.Equal(before[at], line[1..]);
                if (line[0] == ' ') after.Add(before[at]);
                at++;
            }
        }
        after.AddRange(before.Skip(at));
        return after;
    }

    [GeneratedRegex(@"^@@ -(\d+),(\d+) \+\d+,\d+ @@$")]
    private static partial Regex Hunk();
}
