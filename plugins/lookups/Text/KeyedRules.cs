using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>
/// Lines <c>key value</c>, as postmap(1) reads them. A key with white space stands in double quotes; it is found as it is written, which is how Postfix asks for
/// addresses, and without them, which is how tables are asked here.
/// </summary>
internal sealed class KeyedRules : IRules
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, string>> _entries = [];

    private KeyedRules() { }

    public bool AcceptsPartialKeys => true;
    public bool FoldsKeys => true;
    public IReadOnlyList<KeyValuePair<string, string>> Entries => _entries;

    internal static KeyedRules Parse(string text, Action<int, string> warn)
    {
        var rules = new KeyedRules();
        foreach (var (line, content) in LogicalLines.Read(text)) rules.Add(line, content, warn);
        // Last, so that a key that is written so goes before one that only means it.
        foreach (var (key, value) in rules._entries.Where(entry => entry.Key.Contains('"', StringComparison.Ordinal))) rules._values.TryAdd(Unquote(key), value);
        return rules;
    }

    /// <summary>The account database: the first of the fields, which colons separate, is the key of the whole line (passwd(5), group(5)).</summary>
    internal static KeyedRules ParseAccounts(string text, Action<int, string> warn)
    {
        var rules = new KeyedRules();
        foreach (var line in text.Split('\n'))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var end) rules._values.TryAdd(line[..end], line);
        }
        return rules;
    }

    public LookupResult Find(string key) => _values.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None;

    private void Add(int line, string content, Action<int, string> warn)
    {
        if (content[0] is ' ' or '\t')
        {
            warn(line, $"logical line must not start with whitespace: \"{content}\" -- ignoring this line");
            return;
        }
        var end = EndOfKey(content);
        if (end < 0)
        {
            warn(line, $"unbalanced '\"' in '{content}' -- ignoring this line");
            return;
        }
        var (key, value) = (KeyFolding.Fold(content[..end]), content[end..].Trim());
        if (value.Length == 0)
        {
            warn(line, "expected format: key whitespace value -- ignoring this line");
            return;
        }
        if (key[^1] == ':') warn(line, "record is in \"key: value\" format; is this an alias file?");
        if (!_values.TryAdd(key, value))
        {
            warn(line, $"duplicate entry: \"{content[..end]}\"");
            return;
        }
        _entries.Add(new(key, value));
    }

    /// <summary>-1 when a quote does not end.</summary>
    private static int EndOfKey(string line)
    {
        var isQuoted = false;
        var end = 0;
        for (; end < line.Length && (isQuoted || !IsSpace(line[end])); end++)
        {
            if (line[end] == '\\' && end + 1 < line.Length) end++;
            else if (line[end] == '"') isQuoted = !isQuoted;
        }
        return isQuoted ? -1 : end;
    }

    private static bool IsSpace(char c) => c is ' ' or >= '\t' and <= '\r';

    private static string Unquote(string key)
    {
        var text = new StringBuilder();
        for (var i = 0; i < key.Length; i++)
        {
            if (key[i] == '\\' && i + 1 < key.Length) text.Append(key[++i]);
            else if (key[i] != '"') text.Append(key[i]);
        }
        return text.ToString();
    }
}
