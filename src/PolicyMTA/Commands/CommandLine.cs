using System.CommandLine;
using System.Text;
using PolicyMTA.Commands.Importing;
using PolicyMTA.Commands.Postfix;
using PolicyMTA.Commands.Testing;

namespace PolicyMTA.Commands;

/// <summary>The command <c>policymta</c> and its subcommands.</summary>
internal static class CommandLine
{
    private const string Description = "PolicyMTA, a mail server whose every decision can be scripted, tested, explained and rolled back. Plugins bring further commands: see `policymta plugins`.";

    /// <summary>Runs what was asked for and gives the exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, string calledAs, TimeProvider time)
    {
        if (LegacyPrograms.Find(calledAs, arguments) is { } program) return await program(time, CancellationToken.None);
        var location = new ConfigurationLocation();
        var parsed = Build(location, time).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (await PluginCommands.TryRunAsync(location, parsed, time, CancellationToken.None) is { } code) return code;
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"policymta: {error.Message}");
            await Console.Error.WriteLineAsync($"policymta: see policymta {string.Join(' ', Path(parsed.CommandResult).Append("--help"))}");
            return ExitCode.Usage;
        }
        // Signals are ours: a server drains, and a client simply ends.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    /// <summary>The name the program was called by, without its folder; a link's own name, not what it points to.</summary>
    public static string CalledAs()
    {
        const string commandLine = "/proc/self/cmdline";
        if (!File.Exists(commandLine)) return "policymta";
        var bytes = File.ReadAllBytes(commandLine);
        var end = Array.IndexOf(bytes, (byte)0);
        return System.IO.Path.GetFileName(Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end));
    }

    private static RootCommand Build(ConfigurationLocation location, TimeProvider time) => new(Description)
    {
        location.Option,
        ServeCommand.Build(location, time),
        QuickstartCommand.Build(time),
        CheckCommand.Build(location, time),
        ImportCommand.Build(time),
        LintCommand.Build(time),
        TypesCommand.Build(location, time),
        TestCommand.Build(location),
        SimulateCommand.Build(location),
        RecordCommand.Build(location),
        ReplayCommand.Build(location),
        GenerationCommands.Reload(location),
        GenerationCommands.Rollback(location),
        GenerationCommands.Policy(location),
        TraceCommands.Explain(location),
        TraceCommands.Tail(location),
        TraceCommands.Rules(location),
        PluginsCommand.Build(location),
        QueueCommands.Build(location, time),
        MapCommand.Build(location, time),
        MetricsCommand.Build(location),
        StatusCommand.Build(location),
    };

    private static IEnumerable<string> Path(System.CommandLine.Parsing.CommandResult command) =>
        command.Parent is System.CommandLine.Parsing.CommandResult parent ? Path(parent).Append(command.Command.Name) : [];
}
