using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary><c>policymta explain</c>, <c>tail</c> and <c>rules</c>.</summary>
internal static class TraceCommands
{
    public static Command Explain(ConfigurationLocation location)
    {
        var id = new Argument<string>("ID") { Description = "A queue id, or a session's id as tail shows it" };
        return new Command("explain", "Why a message or a session was answered as it was: every stage, rule, verdict and reply") { id }.Asks(location, async call =>
        {
            var path = ClientCall.Path("/explain", ("id", call.Parsed.GetValue(id)));
            if (call.IsJson) return await call.PrintJsonAsync(path);
            foreach (var trace in await call.Client.GetAsync(path, ControlJson.Default.IReadOnlyListDecisionTrace, call.CancellationToken)) TraceText.Write(Console.Out, trace);
            return ExitCode.Good;
        });
    }

    public static Command Tail(ConfigurationLocation location)
    {
        var rejects = new Option<bool>("--rejects") { Description = "Only what is refused" };
        return new Command("tail", "Decisions as they are made, a line each") { rejects }.Asks(location, async call =>
        {
            var refusals = call.Parsed.GetValue(rejects);
            await foreach (var line in call.Client.ReadLinesAsync(ClientCall.Path("/tail", ("rejects", refusals ? "true" : null)), call.CancellationToken))
            {
                if (call.IsJson) Console.WriteLine(line);
                else Print(line, refusals);
            }
            return ExitCode.Good;
        });
    }

    public static Command Rules(ConfigurationLocation location)
    {
        var unused = new Option<bool>("--unused") { Description = "Only those that have matched nothing since the server started" };
        return new Command("rules", "The rules in force: what they were asked and said since the server started") { unused }.Asks(location, async call =>
        {
            var path = ClientCall.Path("/rules", ("unused", call.Parsed.GetValue(unused) ? "true" : null));
            if (call.IsJson) return await call.PrintJsonAsync(path);
            Console.WriteLine("     ASKED   MATCHED    FAILED   AVERAGE  LAST MATCH           RULE");
            foreach (var rule in await call.Client.GetAsync(path, ControlJson.Default.IReadOnlyListRuleReply, call.CancellationToken)) Console.WriteLine(Row(rule));
            return ExitCode.Good;
        });
    }

    private static void Print(string line, bool refusals)
    {
        using var json = JsonDocument.Parse(line);
        if (json.RootElement.TryGetProperty("missed", out var missed)) Console.WriteLine($"({missed} were missed: they came too fast)");
        else TraceText.WriteLines(Console.Out, json.RootElement.Deserialize(ControlJson.Default.DecisionTrace)!, refusals);
    }

    private static string Row(RuleReply rule)
    {
        var matched = rule.Permits + rule.Rejects + rule.Defers + rule.Discards + rule.Others;
        var average = rule.Asked == 0 ? "" : TraceText.Span(TimeSpan.FromSeconds(rule.Seconds / rule.Asked));
        var last = rule.LastMatch?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "never";
        return string.Create(CultureInfo.InvariantCulture, $"{rule.Asked,10}{matched,10}{rule.Failures,10}{average,10}  {last,-19}  {rule.Stage}: {rule.Rule}{TraceText.Place(rule.File, rule.Line)}{(rule.IsOpen ? "  (keeps failing: not asked for a while)" : "")}");
    }
}
