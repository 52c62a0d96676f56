using PolicyMTA.Testing;

namespace PolicyMTA.EndToEnd;

/// <summary>The policies of <c>samples/policies</c> do what their tests say.</summary>
public sealed class CookbookTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "samples", "policies");

    /// <summary>What the cookbook promises; a folder more or less is a mistake.</summary>
    public static TheoryData<string> Names { get; } = ["attachments", "blocks", "compromised-account", "from-header", "greylisting", "honeypot", "members-only", "rate-limit", "routing", "vip"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Its_tests_pass_and_ask_every_rule(string name)
    {
        var result = await RunAsync("test", name, "--coverage");
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains($"{name}.test.js", result.Lines);
        // Rules of delivery are loaded, and asked only where mail is delivered.
        Assert.Matches(name == "routing" ? @"# rules asked: 0 of 1 " : @"# rules asked: (\d+) of \1 \(100 %\)", result.Output);
    }

    [Fact]
    public async Task Every_folder_is_tested_and_listed()
    {
        var folders = Directory.EnumerateDirectories(Folder).Where(f => Directory.EnumerateFiles(f, "*.js").Any()).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Names.Select(row => row.Data), folders);
        var table = await File.ReadAllLinesAsync(Path.Combine(Folder, "README.md"));
        Assert.All(folders, name => Assert.Single(table, line => line.StartsWith($"| `{name}` |", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Its_configuration_is_in_order()
    {
        var result = await RunAsync("check");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
    }

    // In a copy: the program keeps copies of its plugins beside the configuration.
    private static async Task<CommandResult> RunAsync(string command, string? name = null, params string[] options)
    {
        using var copy = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(Folder, "*.js", SearchOption.AllDirectories).Append(Path.Combine(Folder, "policymta.toml")))
        {
            var to = Path.Combine(copy.Path, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        IEnumerable<string> arguments = [command, "--config", Path.Combine(copy.Path, "policymta.toml"), .. options];
        return await Command.RunAsync(Path.Combine(Repository.Program, "policymta"), name is null ? arguments : arguments.Append(Path.Combine(copy.Path, name)));
    }
}
