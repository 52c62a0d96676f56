using System.CommandLine;
using PolicyMTA.Configuration;
using PolicyMTA.Policy.Testing;
using PolicyMTA.Rehearsals;

namespace PolicyMTA.Commands.Testing;

/// <summary><c>policymta test</c>: runs <c>*.test.js</c> against whole sessions, in process and without a network.</summary>
internal static class TestCommand
{
    public static Command Build(ConfigurationLocation location)
    {
        var path = new Argument<string?>("PATH") { Description = "A test file, a folder of the policies, or another folder of policies to test (default: the policies in force)", Arity = ArgumentArity.ZeroOrOne };
        var name = new Option<string>("--name") { Description = "Only tests whose name contains this", DefaultValueFactory = _ => "" };
        var tap = new Option<bool>("--tap") { Description = "Print TAP" };
        var junit = new Option<string?>("--junit") { Description = "Write a JUnit report too", HelpName = "FILE" };
        var coverage = new Option<bool>("--coverage") { Description = "Tell which rules no test asked, and which never had anything to say" };
        var command = new Command("test", "Run the tests of policies (*.test.js): whole sessions, no network") { path, name, tap, junit, coverage };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            location.File(parsed), parsed.GetValue(path), parsed.GetValue(name)!, new TestOutput(parsed.GetValue(tap), parsed.GetValue(junit), parsed.GetValue(coverage)), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string file, string? path, string name, TestOutput output, CancellationToken cancellationToken)
    {
        var loaded = ConfigurationLoader.Load(file);
        if (loaded.Configuration is not { } configuration)
        {
            foreach (var error in loaded.Errors) await Console.Error.WriteLineAsync(error.ToString());
            return ExitCode.Failed;
        }
        var chosen = path is null ? configuration.Policy.Folder : Path.GetFullPath(path);
        if (!Path.Exists(chosen))
        {
            await Console.Error.WriteLineAsync($"policymta: {chosen}: there is no such file or folder");
            return ExitCode.Usage;
        }
        if (!IsBelow(chosen, configuration.Policy.Folder))
        {
            // Other policies in the same surroundings; a test file stands for its folder.
            configuration = configuration with { Policy = configuration.Policy with { Folder = File.Exists(chosen) ? Path.GetDirectoryName(chosen)! : chosen, Shadow = null } };
        }
        var files = File.Exists(chosen) ? [chosen] : Directory.EnumerateFiles(chosen, "*.test.js", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
        {
            await Console.Error.WriteLineAsync($"policymta: {chosen} has no *.test.js");
            return ExitCode.Failed;
        }
        return await RunAsync(configuration, files, name, output, cancellationToken);
    }

    private static async Task<int> RunAsync(MailConfiguration configuration, IReadOnlyList<string> files, string name, TestOutput output, CancellationToken cancellationToken)
    {
        var (rehearsal, result) = await Rehearsal.OpenAsync(configuration, new RehearsalOptions(), cancellationToken);
        foreach (var error in result.Errors) await Console.Error.WriteLineAsync(error.ToString());
        if (rehearsal is null) return ExitCode.Failed;
        await using (rehearsal)
        {
            var results = new List<PolicyTestResult>();
            foreach (var file in files)
            {
                var below = Path.GetRelativePath(configuration.Policy.Folder, file).Replace('\\', '/');
                var of = await PolicyTestFile.RunAsync(rehearsal.Policies, below, await File.ReadAllTextAsync(file, cancellationToken), new TestStage(rehearsal), n => n.Contains(name, StringComparison.OrdinalIgnoreCase), cancellationToken);
                await output.WriteAsync(of, results.Count, cancellationToken);
                results.AddRange(of);
            }
            await output.FinishAsync(results, rehearsal.Rules, cancellationToken);
            return results.Count > 0 && results.TrueForAll(r => r.Failure is null) ? ExitCode.Good : ExitCode.Failed;
        }
    }

    private static bool IsBelow(string path, string folder) => (path + "/").StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + "/", StringComparison.Ordinal);
}
