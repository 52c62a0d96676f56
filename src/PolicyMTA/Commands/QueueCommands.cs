using System.CommandLine;
using System.Text.Json;
using PolicyMTA.Control;
using PolicyMTA.Control.Listings;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands;

/// <summary><c>policymta queue list|show|cat|hold|release|delete|flush|bounce|requeue|top|stats|sql</c>.</summary>
internal static class QueueCommands
{
    public static Command Build(ConfigurationLocation location, TimeProvider time) => new("queue", "The messages that wait")
    {
        List(location),
        Show(location),
        Hold(location),
        Change(location, "release", "Let held messages go", Verb("released")),
        Change(location, "delete", "Forget messages without a report", Verb("deleted")),
        Change(location, "flush", "Try waiting messages now", Verb("made due")),
        Bounce(location),
        Change(location, "requeue", "Put messages through aliases and routing anew, under new ids", Verb("requeued")),
        Cat(location),
        QueueReportCommands.Top(location, time),
        QueueReportCommands.Stats(location),
        QueueReportCommands.Sql(location),
    };

    private static Func<int, string> Verb(string verb) => count => $"{count} {(count == 1 ? "message" : "messages")} {verb}";

    private static Command List(ConfigurationLocation location)
    {
        var choice = new QueueChoice();
        return choice.AddTo(new Command("list", "List messages and their recipients")).Asks(location, async call =>
        {
            if (choice.Id(call.Parsed) is { } id)
            {
                var message = await call.Client.GetAsync($"/queue/{Uri.EscapeDataString(id)}", ControlJson.Default.QueueReply, call.CancellationToken);
                if (call.IsJson) Console.WriteLine(JsonSerializer.Serialize(message, ControlJson.Default.QueueReply));
                else QueueListing.Describe(Console.Out, message);
                return ExitCode.Good;
            }
            await call.PrintAsync(ClientCall.Path("/queue", choice.Query(call.Parsed).Append(("format", call.IsJson ? null : "text"))));
            return ExitCode.Good;
        });
    }

    private static Command Cat(ConfigurationLocation location)
    {
        var id = new Argument<string>("ID");
        return new Command("cat", "Print one message's content, byte by byte") { id }.Asks(location, async call =>
        {
            await using var output = Console.OpenStandardOutput();
            await call.Client.CopyAsync($"/queue/{Uri.EscapeDataString(call.Parsed.GetValue(id)!)}/content", output, call.CancellationToken);
            return ExitCode.Good;
        });
    }

    private static Command Bounce(ConfigurationLocation location)
    {
        var reason = new Option<string?>("--reason") { Description = "What the report says", HelpName = "TEXT" };
        var command = Change(location, "bounce", "Return messages to their senders now, with a report", Verb("returned"), call => [("reason", call.Parsed.GetValue(reason))]);
        command.Options.Add(reason);
        return command;
    }

    private static Command Show(ConfigurationLocation location)
    {
        var id = new Argument<string>("ID");
        return new Command("show", "Print one message: its envelope and its content") { id }.Asks(location, async call =>
        {
            var path = $"/queue/{Uri.EscapeDataString(call.Parsed.GetValue(id)!)}";
            if (call.IsJson) return await call.PrintJsonAsync(path);
            QueueListing.Describe(Console.Out, await call.Client.GetAsync(path, ControlJson.Default.QueueReply, call.CancellationToken));
            Console.WriteLine();
            Console.Out.Flush();
            await using var output = Console.OpenStandardOutput();
            await call.Client.CopyAsync(path + "/content", output, call.CancellationToken);
            return ExitCode.Good;
        });
    }

    private static Command Hold(ConfigurationLocation location)
    {
        var name = new Option<string?>("--name") { Description = "The quarantine's name (default: hold)" };
        var expires = new Option<string?>("--expires") { Description = "How long they are held at most, as 5d", HelpName = "TIME" };
        var command = Change(location, "hold", "Keep messages until they are released", Verb("held"), call => [("name", call.Parsed.GetValue(name)), ("expires", call.Parsed.GetValue(expires))]);
        command.Options.Add(name);
        command.Options.Add(expires);
        return command;
    }

    private static Command Change(ConfigurationLocation location, string verb, string description, Func<int, string> report, Func<ClientCall, IEnumerable<(string, string?)>>? more = null)
    {
        var choice = new QueueChoice();
        var ids = new Argument<string[]>("ID") { Description = "Queue ids", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All messages" };
        var dry = new Option<bool>("--dry-run") { Description = "Say which and how many, and change nothing" };
        return choice.AddTo(new Command(verb, description) { ids, all, dry }).Asks(location, async call =>
        {
            var query = choice.Query(call.Parsed).Concat(more?.Invoke(call) ?? []).Append(("all", call.Parsed.GetValue(all) ? "true" : null)).ToList();
            IReadOnlyList<string> chosen = [.. call.Parsed.GetValue(ids) ?? [], .. choice.Id(call.Parsed) is { } id ? [id] : Array.Empty<string>()];
            if (call.Parsed.GetValue(dry)) return await RehearseAsync(call, verb, query, chosen, report);
            var (touched, isComplete) = await PostAsync(call, verb, query, chosen);
            Console.WriteLine(call.IsJson ? JsonSerializer.Serialize(new TouchedReply(touched), ControlJson.Default.TouchedReply) : report(touched));
            return isComplete ? ExitCode.Good : ExitCode.Failed;
        });
    }

    private static async Task<int> RehearseAsync(ClientCall call, string verb, IReadOnlyList<(string Name, string? Value)> query, IReadOnlyList<string> ids, Func<int, string> report)
    {
        if (ids.Count == 0 && query.All(part => part.Value is null || part.Name is "name" or "expires" or "reason")) throw new ConfigurationException("say which messages: ids, a filter, or all");
        var count = 0;
        foreach (var id in ids.Count == 0 ? [null] : ids.Cast<string?>())
        {
            await foreach (var line in call.Client.ReadLinesAsync(ClientCall.Path($"/queue/rehearsal/{verb}", query.Append(("id", id))), call.CancellationToken))
            {
                count++;
                if (call.IsJson) Console.WriteLine(line);
                else QueueListing.Describe(Console.Out, JsonSerializer.Deserialize(line, ControlJson.Default.QueueReply)!);
            }
        }
        if (!call.IsJson) Console.WriteLine($"{report(count)}, if this were no dry run");
        return ExitCode.Good;
    }

    private static async Task<(int Touched, bool IsComplete)> PostAsync(ClientCall call, string verb, IReadOnlyList<(string, string?)> query, IReadOnlyList<string> ids)
    {
        var (touched, isComplete) = (0, true);
        foreach (var id in ids.Count == 0 ? [null] : ids.Cast<string?>())
        {
            try
            {
                touched += (await call.Client.PostAsync(ClientCall.Path($"/queue/{verb}", query.Append(("id", id))), ControlJson.Default.TouchedReply, call.CancellationToken)).Messages;
            }
            catch (ConfigurationException e) when (id is not null)
            {
                // The other ids are still worth trying.
                await Console.Error.WriteLineAsync(e.Message);
                isComplete = false;
            }
        }
        return (touched, isComplete);
    }
}
