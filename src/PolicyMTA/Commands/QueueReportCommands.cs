using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PolicyMTA.Control;

namespace PolicyMTA.Commands;

/// <summary><c>policymta queue top|stats|sql</c>.</summary>
internal static class QueueReportCommands
{
    private const int DefaultRows = 20;
    private const string ClearScreen = "\u001b[H\u001b[2J";

    public static Command Top(ConfigurationLocation location, TimeProvider time)
    {
        var once = new Option<bool>("--once") { Description = "Print it once and end" };
        var interval = new Option<int>("--interval") { Description = "Seconds between two looks", DefaultValueFactory = _ => 2 };
        var rows = new Option<int>("--rows") { Description = "How many destinations", DefaultValueFactory = _ => DefaultRows };
        return new Command("top", "The destinations with the most waiting mail, live") { once, interval, rows }.Asks(location, async call =>
        {
            if (call.IsJson) return await call.PrintJsonAsync("/queue/top");
            var before = new Dictionary<string, long>(StringComparer.Ordinal);
            var last = time.GetTimestamp();
            while (true)
            {
                var destinations = await call.Client.GetAsync("/queue/top", ControlJson.Default.IReadOnlyListDestinationReply, call.CancellationToken);
                var passed = time.GetElapsedTime(last).TotalSeconds;
                last = time.GetTimestamp();
                if (!call.Parsed.GetValue(once)) Console.Write(ClearScreen);
                Print(destinations.Take(Math.Max(1, call.Parsed.GetValue(rows))), before, passed, time.GetUtcNow());
                if (call.Parsed.GetValue(once)) return ExitCode.Good;
                before = destinations.ToDictionary(d => d.Destination, d => d.Waiting, StringComparer.Ordinal);
                await Task.Delay(TimeSpan.FromSeconds(Math.Max(1, call.Parsed.GetValue(interval))), time, call.CancellationToken);
            }
        });
    }

    public static Command Stats(ConfigurationLocation location) => new Command("stats", "How much waits, how old it is, and what is held").Asks(location, async call =>
    {
        if (call.IsJson) return await call.PrintJsonAsync("/queue/stats");
        var stats = await call.Client.GetAsync("/queue/stats", ControlJson.Default.QueueStatsReply, call.CancellationToken);
        foreach (var (state, count) in stats.States.Where(state => state.Value > 0)) Console.WriteLine($"{count,10} recipients {state}");
        foreach (var (hold, count) in stats.Holds) Console.WriteLine($"{count,10} recipients held in {(hold.Length == 0 ? "hold" : hold)}");
        foreach (var age in stats.Ages) Console.WriteLine($"{age.Messages,10} messages {(age.UpTo == "older" ? "older" : $"up to {age.UpTo} old")}, {age.Bytes} bytes");
        if (stats.Ages.Count == 0) Console.WriteLine("the queue is empty");
        return ExitCode.Good;
    });

    public static Command Sql(ConfigurationLocation location)
    {
        var query = new Argument<string>("QUERY") { Description = "A SELECT over messages and recipients (docs/queue.md)" };
        var rows = new Option<int?>("--rows") { Description = "The most rows" };
        return new Command("sql", "Ask the queue in SQL; nothing can be changed") { query, rows }.Asks(location, async call =>
        {
            var path = ClientCall.Path("/queue/sql", ("query", call.Parsed.GetValue(query)), ("rows", call.Parsed.GetValue(rows)?.ToString(CultureInfo.InvariantCulture)));
            await using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 64 * 1024);
            string[]? columns = null;
            await foreach (var line in call.Client.ReadLinesAsync(path, call.CancellationToken))
            {
                using var row = JsonDocument.Parse(line);
                if (columns is null) columns = [.. row.RootElement.EnumerateArray().Select(name => name.GetString()!)];
                else if (call.IsJson)
                {
                    await output.WriteLineAsync(Object(columns, row.RootElement));
                    continue;
                }
                if (!call.IsJson) await output.WriteLineAsync(string.Join('\t', row.RootElement.EnumerateArray().Select(Text)));
            }
            return ExitCode.Good;
        });
    }

    private static void Print(IEnumerable<DestinationReply> destinations, Dictionary<string, long> before, double seconds, DateTimeOffset now)
    {
        Console.WriteLine("   WAITING  DEFERRED   OLDEST      NEXT  CHANGE/S  DESTINATION");
        foreach (var d in destinations)
        {
            var change = before.TryGetValue(d.Destination, out var was) && seconds > 0 ? ((d.Waiting - was) / seconds).ToString("+0.0;-0.0;0", CultureInfo.InvariantCulture) : "";
            Console.WriteLine($"{d.Waiting,10}{d.Deferred,10}{Span(now - d.Oldest),9}{(d.NextDue <= now ? "now" : Span(d.NextDue - now)),10}{change,10}  {d.Destination}");
        }
    }

    private static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => $"{(int)span.TotalDays}d",
        { TotalHours: >= 2 } => $"{(int)span.TotalHours}h",
        { TotalMinutes: >= 2 } => $"{(int)span.TotalMinutes}m",
        _ => $"{Math.Max(0, (int)span.TotalSeconds)}s",
    };

    // What a terminal would take for a command of its own is no text of ours.
    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Null ? "" : string.Concat(value.ToString().Select(c => char.IsControl(c) ? ' ' : c));

    private static string Object(string[] columns, JsonElement row)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            for (var i = 0; i < columns.Length; i++)
            {
                json.WritePropertyName(columns[i]);
                row[i].WriteTo(json);
            }
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }
}
