using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Composition;
using PolicyMTA.Configuration;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary><c>policymta check</c>: what a start or a reload would say, without either.</summary>
internal static class CheckCommand
{
    public static Command Build(ConfigurationLocation location, TimeProvider time)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("check", "Validate configuration, plugins, tables and policies without starting") { json };
        command.SetAction(async (parsed, cancellationToken) => Print(await CheckAsync(location.File(parsed), time, cancellationToken), parsed.GetValue(json)));
        return command;
    }

    /// <summary>What a start with this file would say.</summary>
    public static async Task<GenerationReply> CheckAsync(string file, TimeProvider time, CancellationToken cancellationToken)
    {
        var result = ConfigurationLoader.Load(file);
        if (result.Configuration is not { } configuration) return GenerationReply.Refused("", result.Errors);
        return GenerationReply.From(await MailServer.CheckAsync(configuration, new MailServerOptions { Logging = NullLoggerFactory.Instance, Time = time }, cancellationToken));
    }

    private static int Print(GenerationReply reply, bool isJson)
    {
        if (isJson) Console.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Default.GenerationReply));
        else GenerationCommands.PrintProblems(reply);
        if (!isJson && reply.Succeeded) Console.WriteLine($"good: generation {reply.Hash}");
        return reply.Succeeded ? ExitCode.Good : ExitCode.Failed;
    }
}
