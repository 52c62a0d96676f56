using System.Text.RegularExpressions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

public sealed partial class DocumentTests
{
    private static readonly Dictionary<string, Type> Sections = new()
    {
        ["In every list"] = typeof(ClientContext),
        ["From helo.js on"] = typeof(HeloContext),
        ["From sender.js on"] = typeof(SenderContext),
        ["In relay.js and recipient.js"] = typeof(RecipientContext),
        ["In etrn.js"] = typeof(EtrnContext),
    };

    [Fact]
    public void Every_restriction_is_documented_where_it_may_stand()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "PolicyMTA.sln"))) root = root.Parent;
        var sections = File.ReadAllText(Path.Combine(root.FullName, "docs", "restrictions.md")).Split("\n## ");
        var documented = sections.Where(section => Sections.ContainsKey(section.Split('\n')[0]))
            .SelectMany(section => section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .SelectMany(line => Call().Matches(line.Split('|')[1]).Select(call => $"{Sections[section.Split('\n')[0]].Name} {call.Groups[1].Value}")));
        Assert.Equal(new RestrictionBench().Restrictions.Values.Select(restriction => $"{restriction.Context.Name} {restriction.Name}").Order(), documented.Order());
    }

    [GeneratedRegex(@"`(\w+)\(")]
    private static partial Regex Call();
}
