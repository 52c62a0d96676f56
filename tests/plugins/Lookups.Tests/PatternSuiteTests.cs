using PolicyMTA.Lookups.Text;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Testing;

namespace PolicyMTA.Lookups.Tests;

[Trait("Category", "Suites")]
public sealed class PatternSuiteTests
{
    [Theory]
    [InlineData("cidr")]
    [InlineData("pcre")]
    [InlineData("regexp")]
    public async Task Table_answers_as_Postfix_does(string type)
    {
        using var suite = Suites.Find("postfix/tables.json");
        if (suite is null) Assert.Skip("no published suites");
        var vectors = suite.RootElement.GetProperty("tables").EnumerateArray().Single(t => t.GetProperty("type").GetString() == type);
        var folder = Directory.CreateTempSubdirectory("policymta-tables-");
        var file = Path.Combine(folder.FullName, "map");
        File.WriteAllText(file, vectors.GetProperty("map").GetString());
        var bench = new PluginBench(new TextPlugin());
        await using var table = bench.Open(type, file);
        folder.Delete(recursive: true);
        foreach (var query in vectors.GetProperty("queries").EnumerateArray())
        {
            var key = query.GetProperty("key").GetString()!;
            Assert.Equal((key, query.GetProperty("value").GetString()), (key, (await table.FindAsync(key, CancellationToken.None)).Value));
        }
        var warned = bench.Lines.Select(line => line[(line.IndexOf("line ", StringComparison.Ordinal))..].Split(':')[0]).ToHashSet();
        var expected = vectors.GetProperty("load_warnings").EnumerateArray().Select(w => w.GetString()!.Split(':')[0]).ToHashSet();
        Assert.Equal(expected.Order(), warned.Order());
    }
}
