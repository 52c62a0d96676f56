using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary><c>policymta reload</c>, <c>rollback</c> and <c>policy history</c>.</summary>
internal static class GenerationCommands
{
    public static Command Reload(ConfigurationLocation location)
    {
        var now = new Option<bool>("--now") { Description = "Sessions move at their next MAIL, however young their rules are" };
        return new Command("reload", "Put configuration, plugins and policies in force, all or nothing") { now }
            .Asks(location, call => PostAsync(call, ClientCall.Path("/reload", ("now", call.Parsed.GetValue(now) ? "true" : null), ("author", Author))));
    }

    public static Command Rollback(ConfigurationLocation location)
    {
        var hash = new Argument<string?>("HASH") { Description = "The generation, or the start of its hash (default: the one before)", Arity = ArgumentArity.ZeroOrOne };
        return new Command("rollback", "Put an earlier generation in force again") { hash }
            .Asks(location, call => PostAsync(call, ClientCall.Path("/rollback", ("hash", call.Parsed.GetValue(hash)), ("author", Author))));
    }

    public static Command Policy(ConfigurationLocation location) => new("policy", "What is in force")
    {
        new Command("history", "The good generations, newest first").Asks(location, HistoryAsync),
        Diff(location),
    };

    // Whoever became another user with sudo is still who asked.
    private static string Author => Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } user ? user : Environment.UserName;

    private static Command Diff(ConfigurationLocation location)
    {
        var from = new Argument<string?>("FROM") { Description = "A generation, or the start of its hash (default: the one before)", Arity = ArgumentArity.ZeroOrOne };
        var to = new Argument<string?>("TO") { Description = "Another one (default: the one in force)", Arity = ArgumentArity.ZeroOrOne };
        return new Command("diff", "What configuration and policies of two generations say differently") { from, to }.Asks(location, async call =>
        {
            var path = ClientCall.Path("/history/diff", ("from", call.Parsed.GetValue(from)), ("to", call.Parsed.GetValue(to)));
            var text = await call.Client.GetTextAsync(path, call.CancellationToken);
            Console.Write(call.IsJson ? JsonSerializer.Serialize(text, ControlJson.Default.String) + "\n" : text);
            return ExitCode.Good;
        });
    }

    /// <summary>Errors and warnings, each with its place, where compilers put them.</summary>
    public static void PrintProblems(GenerationReply reply)
    {
        foreach (var error in reply.Errors) Console.Error.WriteLine(error);
        foreach (var warning in reply.Warnings) Console.Error.WriteLine($"warning: {warning}");
    }

    private static async Task<int> PostAsync(ClientCall call, string path)
    {
        var reply = await call.Client.PostAsync(path, ControlJson.Default.GenerationReply, call.CancellationToken);
        if (call.IsJson) Console.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Default.GenerationReply));
        else Print(reply);
        return reply.Succeeded ? ExitCode.Good : ExitCode.Failed;
    }

    private static void Print(GenerationReply reply)
    {
        PrintProblems(reply);
        if (!reply.Succeeded)
        {
            Console.Error.WriteLine($"nothing was changed; generation {reply.Hash} stays in force");
            return;
        }
        foreach (var change in reply.Changes) Console.WriteLine(change);
        Console.WriteLine(reply.Changes.Count == 0 ? $"nothing has changed; generation {reply.Hash}" : $"generation {reply.Hash} is in force");
    }

    private static async Task<int> HistoryAsync(ClientCall call)
    {
        if (call.IsJson) return await call.PrintJsonAsync("/history");
        foreach (var entry in await call.Client.GetAsync("/history", ControlJson.Default.IReadOnlyListHistoryEntry, call.CancellationToken))
        {
            Console.WriteLine($"{(entry.IsCurrent ? '*' : ' ')} {entry.Hash}  {entry.Since.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}  {(entry.Author.Length > 0 ? entry.Author : "?"),-10}  {string.Join("; ", entry.Changes)}");
        }
        return ExitCode.Good;
    }
}
