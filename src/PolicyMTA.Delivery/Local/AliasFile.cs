using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>A file in the format of aliases(5), read. Immutable. What is wrong in it is left out and told, as postalias(1) does.</summary>
public sealed class AliasFile
{
    private readonly Dictionary<string, string> _entries = new(StringComparer.Ordinal);
    private readonly List<(int Line, string Message)> _problems = [];

    private AliasFile() { }

    /// <summary>The values by name, in lower case.</summary>
    public IReadOnlyDictionary<string, string> Entries => _entries;

    /// <summary>What is wrong, by line.</summary>
    public IReadOnlyList<(int Line, string Message)> Problems => _problems;

    /// <summary>Reads a text.</summary>
    public static AliasFile Parse(string text)
    {
        var file = new AliasFile();
        foreach (var (line, content) in LogicalLines.Read(text)) file.Add(line, content);
        return file;
    }

    private void Add(int line, string content)
    {
        var colon = ReadName(content, out var name, out var hasDomain);
        var value = colon < 0 ? "" : content[(colon + 1)..].Trim();
        if (name.Length == 0 || value.Length == 0) _problems.Add((line, "need name:value pair"));
        else if (hasDomain) _problems.Add((line, "name must be local"));
        else if (AliasValue.Read(value).Count == 0) _problems.Add((line, $"no destination for \"{name}\""));
        else if (!_entries.TryAdd(name, value)) _problems.Add((line, $"duplicate entry: \"{name}\""));
    }

    // The name ends at the first colon outside quotes.
    private static int ReadName(string content, out string name, out bool hasDomain)
    {
        var text = new StringBuilder();
        var (isQuoted, colon) = (false, -1);
        hasDomain = false;
        for (var i = 0; i < content.Length && colon < 0; i++)
        {
            var c = content[i];
            if (c == '\\' && i + 1 < content.Length) text.Append(content[++i]);
            else if (c == '"') isQuoted = !isQuoted;
            else if (c == ':' && !isQuoted) colon = i;
            else
            {
                hasDomain |= c == '@' && !isQuoted;
                text.Append(c);
            }
        }
        name = text.ToString().Trim().ToLowerInvariant();
        return colon;
    }
}
