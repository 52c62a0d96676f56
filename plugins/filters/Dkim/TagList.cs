using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace PolicyMTA.Filters.Dkim;

/// <summary>A list <c>a=rsa-sha256; d=example.org</c> (RFC 6376 §3.2): names are told apart by case, none may be there twice, white space around names and values does not count. Immutable.</summary>
internal sealed class TagList
{
    // RFC 6376 allows 998 octets a line and no limit for the whole; what is longer than any key or signature is none.
    private const int LongestList = 64 * 1024, MostTags = 64;

    private readonly Dictionary<string, string> _values;

    private TagList(Dictionary<string, string> values) => _values = values;

    /// <summary>A tag's value without white space around it; null when there is none.</summary>
    internal string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>The names in order.</summary>
    internal IEnumerable<string> Names => _values.Keys;

    internal static bool TryParse(string text, [NotNullWhen(true)] out TagList? list)
    {
        list = null;
        if (text.Length > LongestList) return false;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var parts = text.Split(';', MostTags + 2);
        if (parts.Length > MostTags + 1) return false;
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i].Trim(' ', '\t', '\r', '\n');
            if (part.Length == 0)
            {
                // A semicolon may end the list; two in a row are no list.
                if (i == parts.Length - 1 && i > 0) continue;
                return false;
            }
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) return false;
            var name = part[..equals].TrimEnd(' ', '\t', '\r', '\n');
            if (!IsName(name) || !values.TryAdd(name, part[(equals + 1)..].TrimStart(' ', '\t', '\r', '\n'))) return false;
        }
        list = new TagList(values);
        return true;
    }

    /// <summary>A value with all white space taken out, as base64 and lists have it where they are folded.</summary>
    internal string? Compact(string name) => this[name] is { } value ? Compacted(value) : null;

    /// <summary>The words of a value between colons; null when there is none.</summary>
    internal string[]? Words(string name) => Compact(name)?.Split(':');

    private static string Compacted(string value)
    {
        if (value.AsSpan().IndexOfAny(" \t\r\n") < 0) return value;
        var text = new StringBuilder(value.Length);
        foreach (var c in value)
        {
            if (c is not (' ' or '\t' or '\r' or '\n')) text.Append(c);
        }
        return text.ToString();
    }

    private static bool IsName(string name) => char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
