using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>How recordings are written: one session a line.</summary>
public static class RecordingJson
{
    /// <summary>What it reads and writes; a member that the Sdk adds is recorded without more.</summary>
    internal static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        IgnoreReadOnlyProperties = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 32,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new Addresses(), new Counters(), new Results(), new Properties(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Verdicts } },
    };

    /// <summary>A session as one line, without its end.</summary>
    public static byte[] Write(RecordedSession session) => JsonSerializer.SerializeToUtf8Bytes(session, Options);

    /// <summary>A session from its line.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static RecordedSession Read(ReadOnlySpan<byte> line)
    {
        RecordedSession? session;
        try
        {
            session = JsonSerializer.Deserialize<RecordedSession>(line, Options);
        }
        catch (NotSupportedException error)
        {
            throw new JsonException(error.Message, error);
        }
        if (session is null) throw new JsonException("a session is missing");
        if (session.Parts is null || session.Parts.Any(part => part?.Questions is null || part.Questions.Any(q => q is not { Answers: not null, Times: not null, Decision: not null }))) throw new JsonException("a session is not whole");
        return session;
    }

    /// <summary>A part of a recording.</summary>
    /// <exception cref="JsonException">It is not whole.</exception>
    internal static T Read<T>(JsonElement json)
    {
        try
        {
            return json.Deserialize<T>(Options)!;
        }
        catch (NotSupportedException error)
        {
            throw new JsonException($"{typeof(T).Name}: {error.Message}", error);
        }
    }

    /// <summary>A verdict as rules know it: there is one <see cref="Verdict.Dunno"/>.</summary>
    internal static Verdict Own(Verdict verdict) => verdict switch
    {
        Verdict.DunnoVerdict => Verdict.Dunno,
        Verdict.PermitVerdict => Verdict.Permit,
        _ => verdict,
    };

    private static void Verdicts(JsonTypeInfo type)
    {
        if (type.Type != typeof(Verdict)) return;
        type.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "is" };
        foreach (var verdict in typeof(Verdict).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(Verdict))))
            type.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(verdict, JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.Name.Replace("Verdict", "", StringComparison.Ordinal))));
    }

    private sealed class Addresses : JsonConverter<IPAddress>
    {
        public override IPAddress Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            IPAddress.TryParse(reader.GetString(), out var address) ? address : throw new JsonException("no IP address");

        public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class Counters : JsonConverter<SessionCounters>
    {
        public override SessionCounters Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            var counts = JsonSerializer.Deserialize<int[]>(ref reader, options);
            return counts is [var messages, var recipients, var refused, var errors] ? new SessionCounters(messages, recipients, refused, errors) : throw new JsonException("counters are four numbers");
        }

        public override void Write(Utf8JsonWriter writer, SessionCounters value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, (int[])[value.Messages, value.Recipients, value.RefusedRecipients, value.Errors], options);
    }

    private sealed class Results : JsonConverter<AuthenticationResults>
    {
        public override AuthenticationResults Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            var results = new AuthenticationResults();
            foreach (var result in JsonSerializer.Deserialize<AuthenticationResult[]>(ref reader, options) ?? []) results.Add(result);
            return results;
        }

        public override void Write(Utf8JsonWriter writer, AuthenticationResults value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.Items, options);
    }

    private sealed class Properties : JsonConverter<KeyValuePair<string, string>>
    {
        public override KeyValuePair<string, string> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<string[]>(ref reader, options) is [{ } name, { } value] ? new(name, value) : throw new JsonException("a property has a name and a value");

        public override void Write(Utf8JsonWriter writer, KeyValuePair<string, string> value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, (string[])[value.Key, value.Value], options);
    }
}
