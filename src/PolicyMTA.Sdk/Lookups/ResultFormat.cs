using System.Globalization;
using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>
/// Makes the values a backend gave into one result: Postfix's <c>result_format</c>, joined by commas, and <c>expansion_limit</c>. Immutable and
/// thread-safe.
/// </summary>
public sealed class ResultFormat
{
    private readonly List<(string Text, char Expansion)> _pieces = [];
    private readonly int _limit;

    private ResultFormat(int limit) => _limit = limit;

    /// <summary>Reads a format.</summary>
    /// <param name="format">Text with <c>%s %u %d</c> for parts of a value and <c>%S %U %D %1 … %9</c> for parts of the key.</param>
    /// <param name="expansionLimit">More results than this are a temporary failure; 0 for no limit.</param>
    /// <exception cref="ConfigurationException">There is an expansion Postfix does not know.</exception>
    public static ResultFormat Parse(string format, int expansionLimit = 0)
    {
        ArgumentNullException.ThrowIfNull(format);
        var parsed = new ResultFormat(expansionLimit);
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%') { text.Append(format[i]); continue; }
            var letter = ++i < format.Length ? format[i] : ' ';
            if (letter == '%') { text.Append('%'); continue; }
            if (!KeyParts.IsExpansion(letter)) throw new ConfigurationException($"unknown expansion %{letter}");
            parsed._pieces.Add((text.ToString(), letter));
            text.Clear();
        }
        if (text.Length > 0) parsed._pieces.Add((text.ToString(), '\0'));
        return parsed;
    }

    /// <summary>The result for a key from the values the backend gave: null and empty ones are left out, and those that lack a part of the format.</summary>
    public LookupResult Join(string key, IEnumerable<string?> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var joined = new StringBuilder();
        var count = 0;
        foreach (var value in values)
        {
            if (string.IsNullOrEmpty(value) || Expand(key, value) is not { } text) continue;
            if (_limit > 0 && ++count > _limit)
            {
                return LookupResult.Failed(string.Create(CultureInfo.InvariantCulture, $"a key has more results than expansion_limit = {_limit}"));
            }
            if (joined.Length > 0) joined.Append(',');
            joined.Append(text);
        }
        return joined.Length == 0 ? LookupResult.None : LookupResult.Found(joined.ToString());
    }

    private string? Expand(string key, string value)
    {
        if (_pieces is [("", 's')]) return value;
        var (keyParts, valueParts, text) = (new KeyParts(key), new KeyParts(value), new StringBuilder());
        foreach (var (before, expansion) in _pieces)
        {
            text.Append(before);
            if (expansion == '\0') continue;
            var parts = expansion is 's' or 'u' or 'd' ? valueParts : keyParts;
            if (parts.Find(expansion) is not { } part) return null;
            text.Append(part);
        }
        return text.ToString();
    }
}
