using System.Text.Json;
using PolicyMTA.Policy;

namespace PolicyMTA.Traces;

/// <summary>The part of a trace that is read as a whole, as JSON without names: rules stand in a table of their own, since every trace has the same ones.</summary>
internal static class TraceBody
{
    // It is read by us alone: what is escaped for web pages need not be.
    internal static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes one, to its end.</summary>
    /// <param name="json">Where to; made with <see cref="Options"/>.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="number">The number of a rule.</param>
    public static void Write(Utf8JsonWriter json, DecisionTrace trace, Func<DecisionStep, long> number)
    {
        json.WriteStartArray();
        json.WriteStringValue(trace.Generation);
        json.WriteStringValue(trace.Listener);
        json.WriteStringValue(trace.Client);
        json.WriteStringValue(trace.Helo);
        json.WriteStringValue(trace.User);
        json.WriteStringValue(trace.Sender);
        foreach (var decision in trace.Decisions)
        {
            json.WriteStartArray();
            json.WriteStringValue(decision.Command);
            json.WriteStringValue(decision.Item);
            json.WriteStringValue(decision.Reply);
            foreach (var step in decision.Steps)
            {
                json.WriteNumberValue(number(step));
                json.WriteStringValue(step.Verdict);
                json.WriteNumberValue((long)step.Duration.TotalMicroseconds);
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.Flush();
    }

    /// <summary>Reads one; null for what is not one.</summary>
    public static DecisionTrace? Read(TraceRow row, Func<long, (string Stage, string Rule, string File, int Line)> rule)
    {
        try
        {
            using var document = JsonDocument.Parse(row.Body);
            var parts = document.RootElement.EnumerateArray().ToArray();
            return new DecisionTrace
            {
                Time = DateTimeOffset.FromUnixTimeMilliseconds(row.Time),
                Session = row.Session,
                Transaction = row.Transaction,
                QueueId = row.QueueId,
                Generation = parts[0].GetString()!,
                Listener = parts[1].GetString()!,
                Client = parts[2].GetString()!,
                Helo = parts[3].GetString()!,
                User = parts[4].GetString()!,
                Sender = parts[5].GetString(),
                Decisions = [.. parts.Skip(6).Select(part => ReadDecision([.. part.EnumerateArray()], rule))],
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IndexOutOfRangeException or FormatException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static Decision ReadDecision(JsonElement[] parts, Func<long, (string Stage, string Rule, string File, int Line)> rule)
    {
        var steps = new List<DecisionStep>((parts.Length - 3) / 3);
        for (var i = 3; i < parts.Length; i += 3)
        {
            var (stage, name, file, line) = rule(parts[i].GetInt64());
            steps.Add(new DecisionStep(stage, name, file, line, parts[i + 1].GetString()!, TimeSpan.FromMicroseconds(parts[i + 2].GetInt64())));
        }
        return new Decision(parts[0].GetString()!, parts[1].GetString()!, parts[2].GetString()!, steps);
    }
}

/// <summary>A row of the database.</summary>
internal sealed record TraceRow(long Time, string Session, int Transaction, string? QueueId, byte[] Body);
