using System.CommandLine;
using PolicyMTA.Configuration;

namespace PolicyMTA.Commands;

/// <summary><c>policymta serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Build(ConfigurationLocation location, TimeProvider time)
    {
        var command = new Command("serve", "Run the server of a configuration until Ctrl-C or SIGTERM");
        command.SetAction((parsed, cancellationToken) => RunAsync(location.File(parsed), time, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string file, TimeProvider time, CancellationToken cancellationToken)
    {
        var result = ConfigurationLoader.Load(file);
        if (result.Configuration is { } configuration) return await new ServerRun(configuration, time).RunAsync(welcome: null, cancellationToken);
        foreach (var error in result.Errors) await Console.Error.WriteLineAsync(error.ToString());
        return ExitCode.Failed;
    }
}
