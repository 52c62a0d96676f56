using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands;

/// <summary>Runs commands that plugins bring, with the configuration and without the server.</summary>
internal static class PluginCommands
{
    /// <summary>The exit code of the command that the first unknown word names; null when no plugin has it, or there is no configuration to find plugins by.</summary>
    public static async Task<int?> TryRunAsync(ConfigurationLocation location, ParseResult parsed, TimeProvider time, CancellationToken cancellationToken)
    {
        if (parsed.CommandResult.Command is not RootCommand || parsed.UnmatchedTokens.ToArray() is not [var name, .. var arguments] || name.StartsWith('-')) return null;
        if (ConfigurationLoader.Load(location.File(parsed)).Configuration is not { } configuration) return null;
        try
        {
            await using var plugins = await OfflinePlugins.OpenAsync(configuration, NullLoggerFactory.Instance, time, cancellationToken);
            return plugins.FindCommand(name) is { } command ? await command.RunAsync(arguments, Console.Out, Console.Error, cancellationToken) : null;
        }
        catch (Exception error) when (error is ConfigurationException or TemporaryFailureException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return ExitCode.Failed;
        }
    }
}
