using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands;

/// <summary><c>policymta types</c>: what policies can import and use, for editors, with the restrictions of the plugins that the configuration finds.</summary>
internal static class TypesCommand
{
    public static Command Build(ConfigurationLocation location, TimeProvider time)
    {
        var file = new Option<string?>("--out") { Description = "The file to write (policies/policymta.d.ts); without it the types are printed", HelpName = "FILE" };
        var command = new Command("types", "Write the TypeScript declarations of what policies can use, for editors") { file };
        command.SetAction((parsed, cancellationToken) => RunAsync(location.File(parsed), parsed.GetValue(file), time, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string configurationFile, string? file, TimeProvider time, CancellationToken cancellationToken)
    {
        var result = ConfigurationLoader.Load(configurationFile);
        if (result.Configuration is not { } configuration)
        {
            foreach (var error in result.Errors) await Console.Error.WriteLineAsync(error.ToString());
            return ExitCode.Failed;
        }
        try
        {
            await using var plugins = await OfflinePlugins.OpenAsync(configuration, NullLoggerFactory.Instance, time, cancellationToken);
            var text = PolicyTypes.Write(plugins.Restrictions);
            if (file is null) await Console.Out.WriteAsync(text);
            else await File.WriteAllTextAsync(file, text, cancellationToken);
            return ExitCode.Good;
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
    }
}
