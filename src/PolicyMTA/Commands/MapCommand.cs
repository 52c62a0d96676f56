using System.CommandLine;
using System.Text.Json;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary><c>policymta map query</c>: what the server finds in one of its tables.</summary>
internal static class MapCommand
{
    public static Command Build(ConfigurationLocation location)
    {
        var table = new Argument<string>("TABLE") { Description = "type:name, or the NAME of a [tables.NAME] section" };
        var key = new Argument<string>("KEY");
        return new Command("map", "Lookup tables")
        {
            new Command("query", "Look up a key; exit code 1 when it is not there") { table, key }
                .Asks(location, call => RunAsync(call, ClientCall.Path("/lookup", ("table", call.Parsed.GetValue(table)), ("key", call.Parsed.GetValue(key))))),
        };
    }

    private static async Task<int> RunAsync(ClientCall call, string path)
    {
        var reply = await call.Client.GetAsync(path, ControlJson.Default.LookupReply, call.CancellationToken);
        if (call.IsJson) Console.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Default.LookupReply));
        else if (reply.Found) Console.WriteLine(reply.Value);
        if (reply.Failure is not null) await Console.Error.WriteLineAsync(reply.Failure);
        return reply.Found ? ExitCode.Good : ExitCode.Failed;
    }
}
