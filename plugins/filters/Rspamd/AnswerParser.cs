using System.Text.Json;

namespace PolicyMTA.Filters.Rspamd;

/// <summary>Reads the JSON of an answer. What is missing is left out; what is of another kind than it must be makes the answer wrong. Pure.</summary>
internal static class AnswerParser
{
    private const int Deepest = 32;
    // A message with more of them is not meant seriously.
    private const int MostFields = 1000;
    private const int LongestField = 64 * 1024;

    /// <exception cref="InvalidDataException">It is no answer of rspamd.</exception>
    internal static RspamdAnswer Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Deepest });
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new InvalidDataException("it is not what rspamd answers", error);
        }
    }

    private static RspamdAnswer Read(JsonElement root)
    {
        var milter = Find(root, "milter");
        var messages = Find(root, "messages");
        return new RspamdAnswer
        {
            Action = root.GetProperty("action").GetString() ?? throw new InvalidDataException("no action"),
            Score = Number(Find(root, "score")),
            Required = Number(Find(root, "required_score")),
            Symbols = Find(root, "symbols") is { } symbols ? [.. symbols.EnumerateObject().Select(symbol => symbol.Name)] : [],
            SmtpMessage = Text(messages, "smtp_message"),
            Subject = Text(root, "subject"),
            Signatures = Texts(Find(root, "dkim-signature")),
            Removals = Bounded(Removals(Find(milter, "remove_headers"))),
            Additions = Bounded(Additions(Find(milter, "add_headers"))),
            SpamFields = SpamFields(Find(milter, "spam_header")),
            InsteadOfReject = Text(milter, "reject"),
            IsWithoutAction = Find(milter, "no_action") is { ValueKind: JsonValueKind.True },
            Sender = Text(milter, "change_from"),
            AddedRecipients = Texts(Find(milter, "add_rcpt")),
            RemovedRecipients = Texts(Find(milter, "del_rcpt")),
        };
    }

    private static IEnumerable<RspamdAnswer.Removal> Removals(JsonElement? fields)
    {
        foreach (var field in Members(fields))
        {
            foreach (var place in Items(field.Value)) yield return new(Name(field.Name), place.ValueKind == JsonValueKind.Number ? (int)Math.Clamp(place.GetDouble(), -MostFields, MostFields) : throw new InvalidDataException("a field that goes has no number"));
        }
    }

    private static IEnumerable<RspamdAnswer.Addition> Additions(JsonElement? fields)
    {
        foreach (var field in Members(fields))
        {
            foreach (var item in Items(field.Value))
            {
                if (item.ValueKind != JsonValueKind.Object)
                {
                    yield return new(Name(field.Name), Value(item));
                    continue;
                }
                var place = Find(item, "order") ?? Find(item, "index");
                yield return new(Name(field.Name), Value(item.GetProperty("value")), place is { } number ? (int)Math.Clamp(number.GetDouble(), -1, MostFields) : -1);
            }
        }
    }

    // A name, or fields with their values.
    private static IReadOnlyList<RspamdAnswer.Addition>? SpamFields(JsonElement? field) => field switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } name => [new(Name(name.GetString()!), "Yes")],
        _ => Bounded(Additions(field)),
    };

    private static List<T> Bounded<T>(IEnumerable<T> fields)
    {
        var list = fields.Take(MostFields + 1).ToList();
        return list.Count <= MostFields ? list : throw new InvalidDataException($"more than {MostFields} fields to change");
    }

    private static IEnumerable<JsonProperty> Members(JsonElement? element) => element is { } there ? there.EnumerateObject() : [];

    private static IEnumerable<JsonElement> Items(JsonElement element) => element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [element];

    private static IReadOnlyList<string> Texts(JsonElement? element) => element is { } there ? Bounded(Items(there).Select(Value)) : [];

    private static string? Text(JsonElement? element, string name) => Find(element, name) is { } there ? there.GetString() : null;

    private static double Number(JsonElement? element) => element?.GetDouble() is { } number && double.IsFinite(number) ? number : 0;

    private static JsonElement? Find(JsonElement? element, string name) => element is { } there && there.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Name(string text) => text.Length is > 0 and < 256 && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.Contains(':', StringComparison.Ordinal) ? text : throw new InvalidDataException("a field's name that is none");

    // Lines of a folded value begin with white space; whatever else would end the field is mended.
    private static string Value(JsonElement element)
    {
        var text = element.ValueKind == JsonValueKind.Number ? element.GetRawText() : element.GetString() ?? throw new InvalidDataException("a field without a value");
        if (text.Length > LongestField) throw new InvalidDataException($"a field of more than {LongestField} characters");
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', ' ').Replace('\0', ' ').TrimEnd('\n').Split('\n');
        return string.Join("\r\n", lines.Select((line, i) => i == 0 || line.StartsWith(' ') || line.StartsWith('\t') ? line : "\t" + line));
    }
}
