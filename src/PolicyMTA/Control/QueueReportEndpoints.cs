using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolicyMTA.Composition;
using PolicyMTA.Queue;

namespace PolicyMTA.Control;

/// <summary>The queue in sums, and for questions that nobody thought of. All of it reads on a connection of its own: mail goes on meanwhile.</summary>
internal sealed class QueueReportEndpoints(MailServer server)
{
    private const int MostDestinations = 1000;

    // As qshape(1) has them: each bucket twice the one before.
    private static readonly (string Name, long Seconds)[] Buckets = [("5m", 300), ("10m", 600), ("20m", 1200), ("40m", 2400), ("80m", 4800), ("160m", 9600), ("320m", 19200), ("1d", 86400), ("5d", 432000)];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/queue/sql", ControlResponses.Answer(QueryAsync));
        routes.MapGet("/queue/top", ControlResponses.Answer(TopAsync));
        routes.MapGet("/queue/stats", ControlResponses.Answer(StatsAsync));
    }

    /// <summary>A line of column names, then a line for each row; JSON arrays.</summary>
    private async Task QueryAsync(HttpContext context)
    {
        var sql = context.Query("query") is { Length: > 0 } text ? text : throw new FormatException("say what to select");
        var limits = QueryLimits.Default with { Rows = Rows(context) };
        IReadOnlyList<string> columns = [];
        var body = context.Response.BodyWriter;
        await RunAsync(context, sql, limits, names => columns = names, async row =>
        {
            if (!context.Response.HasStarted) await BeginAsync(context, columns);
            Write(row);
            await FlushAsync(force: false);
        });
        if (!context.Response.HasStarted) await BeginAsync(context, columns);
        await FlushAsync(force: true);

        async ValueTask BeginAsync(HttpContext context, IReadOnlyList<string> names)
        {
            context.Response.ContentType = "application/x-ndjson";
            Write([.. names]);
            await FlushAsync(force: true);
        }

        void Write(IReadOnlyList<object?> values)
        {
            using (var json = new Utf8JsonWriter(body)) WriteArray(json, values);
            body.Write("\n"u8);
        }

        async ValueTask FlushAsync(bool force)
        {
            const int enough = 64 * 1024;
            if (force || body.UnflushedBytes > enough) await body.FlushAsync(context.RequestAborted);
        }
    }

    private async Task TopAsync(HttpContext context)
    {
        var destinations = new List<DestinationReply>();
        await RunAsync(
            context,
            "SELECT destination, count(*), sum(state = 2), min(message), min(due) FROM recipient INDEXED BY recipient_waiting WHERE state IN (0, 2) GROUP BY destination ORDER BY 2 DESC LIMIT " + MostDestinations.ToString(CultureInfo.InvariantCulture),
            QueryLimits.Default, static _ => { }, row =>
            {
                // The key of a message is the microsecond it came.
                destinations.Add(new DestinationReply((string)row[0]!, Number(row[1]), Number(row[2]), DateTimeOffset.FromUnixTimeMilliseconds(Number(row[3]) / 1000), DateTimeOffset.FromUnixTimeMilliseconds(Number(row[4]))));
                return ValueTask.CompletedTask;
            });
        await ControlResponses.WriteAsync<IReadOnlyList<DestinationReply>>(context, destinations, ControlJson.Default.IReadOnlyListDestinationReply);
    }

    private async Task StatsAsync(HttpContext context)
    {
        var counts = await server.Queue.Administration.CountAsync(context.RequestAborted);
        var holds = new Dictionary<string, long>(StringComparer.Ordinal);
        await RunAsync(context, "SELECT ifnull(hold, ''), count(*) FROM recipient INDEXED BY recipient_other WHERE state NOT IN (0, 2) AND state = 3 GROUP BY 1", QueryLimits.Default, static _ => { }, row =>
        {
            holds[(string)row[0]!] = Number(row[1]);
            return ValueTask.CompletedTask;
        });
        var ages = new List<AgeReply>();
        var cases = string.Concat(Buckets.Select((bucket, i) => string.Create(CultureInfo.InvariantCulture, $" WHEN age <= {bucket.Seconds} THEN {i}")));
        await RunAsync(context, $"SELECT CASE{cases} ELSE {Buckets.Length} END, count(*), sum(size) FROM messages GROUP BY 1 ORDER BY 1", QueryLimits.Default, static _ => { }, row =>
        {
            var bucket = (int)Number(row[0]);
            ages.Add(new AgeReply(bucket < Buckets.Length ? Buckets[bucket].Name : "older", Number(row[1]), Number(row[2])));
            return ValueTask.CompletedTask;
        });
        await ControlResponses.WriteAsync(context, new QueueStatsReply(counts.ToDictionary(count => QueueReply.Word(count.Key), count => count.Value), holds, ages), ControlJson.Default.QueueStatsReply);
    }

    // Off the thread of the connection: reading a large queue takes its time.
    private Task RunAsync(HttpContext context, string sql, QueryLimits limits, Action<IReadOnlyList<string>> columns, Func<IReadOnlyList<object?>, ValueTask> row) =>
        Task.Run(() => server.Queue.Administration.QueryAsync(sql, limits, columns, row, context.RequestAborted), context.RequestAborted);

    private static long Rows(HttpContext context)
    {
        if (context.Query("rows") is not { } text) return QueryLimits.Default.Rows;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) && rows > 0 ? rows : throw new FormatException($"'{text}' is no number of rows");
    }

    private static long Number(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static void WriteArray(Utf8JsonWriter json, IReadOnlyList<object?> values)
    {
        json.WriteStartArray();
        foreach (var value in values)
        {
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case long number: json.WriteNumberValue(number); break;
                case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
                case byte[] bytes: json.WriteBase64StringValue(bytes); break;
                default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            }
        }
        json.WriteEndArray();
    }
}
