using System.Globalization;
using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Http;

/// <summary>Names a value in a JSON document (RFC 6901). Immutable.</summary>
internal sealed class JsonPointer
{
    private readonly string[] _tokens;

    private JsonPointer(string[] tokens) => _tokens = tokens;

    /// <exception cref="ConfigurationException">It does not begin with a slash, or has a <c>~</c> that is none of <c>~0</c>, <c>~1</c>.</exception>
    internal static JsonPointer Parse(string text)
    {
        if (text.Length == 0) return new JsonPointer([]);
        if (text[0] != '/') throw new ConfigurationException($"'{text}' is no JSON pointer: it begins with a slash, as in /data/0/address");
        return new JsonPointer([.. text[1..].Split('/').Select(Unescape)]);
    }

    /// <summary>The value; null when the document has none there.</summary>
    internal JsonElement? Find(JsonElement document)
    {
        var element = document;
        foreach (var token in _tokens)
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(token, out var property)) element = property;
            else if (element.ValueKind == JsonValueKind.Array && IndexOf(token) is var index && index >= 0 && index < element.GetArrayLength()) element = element[index];
            else return null;
        }
        return element;
    }

    private static int IndexOf(string token) =>
        token is ['0', _, ..] || !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? -1 : index;

    private static string Unescape(string token)
    {
        for (var i = token.IndexOf('~', StringComparison.Ordinal); i >= 0; i = token.IndexOf('~', i + 1))
        {
            if (i + 1 >= token.Length || token[i + 1] is not ('0' or '1')) throw new ConfigurationException("a ~ stands before 0 or 1 only");
        }
        return token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }
}
