using System.CommandLine;
using PolicyMTA.Control;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands;

/// <summary>Makes commands that ask a running server.</summary>
internal static class ClientCommand
{
    /// <summary>Gives a command its action; a refusal is printed and fails.</summary>
    public static Command Asks(this Command command, ConfigurationLocation location, Func<ClientCall, Task<int>> action)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                using var client = new ControlClient(location.Socket(parsed));
                return await action(new ClientCall(client, parsed, parsed.GetValue(json), cancellationToken));
            }
            catch (ConfigurationException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return ExitCode.Failed;
            }
        });
        return command;
    }
}

/// <summary>One run of a command that asks a server.</summary>
internal sealed record ClientCall(ControlClient Client, ParseResult Parsed, bool IsJson, CancellationToken CancellationToken)
{
    /// <summary>Copies the server's own JSON to the output.</summary>
    public async Task<int> PrintJsonAsync(string path)
    {
        Console.WriteLine((await Client.GetTextAsync(path, CancellationToken)).TrimEnd('\n'));
        return ExitCode.Good;
    }

    /// <summary>Copies what the server says to the output as it comes.</summary>
    public async Task PrintAsync(string path)
    {
        await using var output = Console.OpenStandardOutput();
        await Client.CopyAsync(path, output, CancellationToken);
    }

    /// <summary>A path with those parts of a query that are there.</summary>
    public static string Path(string path, params IEnumerable<(string Name, string? Value)> query)
    {
        var parts = query.Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}").ToList();
        return parts.Count == 0 ? path : $"{path}?{string.Join('&', parts)}";
    }
}
