using System.CommandLine;
using System.Text.Json;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary><c>mailq</c>, by that name or as a subcommand.</summary>
internal static class MailqCommand
{
    public static Command Build(ConfigurationLocation location) =>
        new Command("mailq", "List the queue as Postfix does") { Hidden = true }.Asks(location, async call =>
        {
            var listing = new MailqListing(Console.Out);
            await foreach (var line in call.Client.ReadLinesAsync("/queue", call.CancellationToken))
            {
                if (call.IsJson) Console.WriteLine(line);
                else listing.Add(JsonSerializer.Deserialize(line, ControlJson.Default.QueueReply)!);
            }
            if (!call.IsJson) listing.End();
            return ExitCode.Good;
        });
}
