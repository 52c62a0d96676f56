using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Lines <c>key value</c>, as postmap(1) reads them. A key with white space stands in double quotes.</summary>
internal sealed class KeyedRules : IRules
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private KeyedRules() { }

    public bool AcceptsPartialKeys => true;
    public bool FoldsKeys => true;

    internal static KeyedRules Parse(string text, Action<int, string> warn)
    {
        var rules = new KeyedRules();
        foreach (var (line, content) in LogicalLines.Read(text))
        {
            var (key, value) = Split(content);
            if (key.Length == 0 || value.Length == 0) warn(line, "expected: key whitespace value");
            else if (!rules._values.TryAdd(key.ToLowerInvariant(), value)) warn(line, $"duplicate entry: \"{key}\"");
        }
        return rules;
    }

    public LookupResult Find(string key) => _values.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None;

    private static (string Key, string Value) Split(string line)
    {
        var isQuoted = false;
        var end = 0;
        for (; end < line.Length && (isQuoted || !char.IsWhiteSpace(line[end])); end++)
        {
            if (line[end] == '\\' && isQuoted) end++;
            else if (line[end] == '"') isQuoted = !isQuoted;
        }
        end = Math.Min(end, line.Length);
        return (Unquote(line[..end]), line[end..].Trim());
    }

    // "any user"@example is the key any user@example: tables are asked internal forms.
    private static string Unquote(string key)
    {
        if (!key.Contains('"', StringComparison.Ordinal)) return key;
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < key.Length; i++)
        {
            if (key[i] == '\\' && i + 1 < key.Length) text.Append(key[++i]);
            else if (key[i] != '"') text.Append(key[i]);
        }
        return text.ToString();
    }
}
