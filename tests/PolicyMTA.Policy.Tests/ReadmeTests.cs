using System.Text.RegularExpressions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary>What the README shows can be pasted.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task Every_policy_in_the_readme_loads_and_runs()
    {
        var examples = Examples().Matches(await File.ReadAllTextAsync(Path.Combine(Root(), "README.md"), TestContext.Current.CancellationToken));
        Assert.True(examples.Count >= 2);
        foreach (Match example in examples)
        {
            await using var bench = new Bench();
            bench.Restriction<ClientContext>("reject_hello", _ => Verdict.Dunno);
            bench.File("recipient.js", example.Groups[1].Value);
            var refusal = (await bench.RcptAsync()).Refusal;
            Assert.True(refusal is null or { Text: "<alice@example.test>: Recipient address rejected: come back tomorrow" }, refusal?.Text);
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PolicyMTA.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"```js\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();
}
