namespace PolicyMTA.Sdk;

/// <summary>
/// A Postfix parameter file such as <c>/etc/postfix/sql/virtual_alias_maps.cf</c>: lines <c>name = value</c>, <c>#</c> comments, continuation lines that
/// begin with white space. Immutable. A name given twice keeps its last value, as in Postfix.
/// </summary>
public sealed class CfFile
{
    private readonly Dictionary<string, Entry> _entries;

    private CfFile(string path, Dictionary<string, Entry> entries) => (Path, _entries) = (path, entries);

    private readonly record struct Entry(string Value, int Line);

    /// <summary>The file it was read from.</summary>
    public string Path { get; }

    /// <summary>The names that have a value.</summary>
    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It can't be read or a line is no <c>name = value</c>; the text names file and line.</exception>
    public static CfFile Read(string path)
    {
        try
        {
            return Parse(path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Reads a text; the path is for messages.</summary>
    /// <exception cref="ConfigurationException">A line is no <c>name = value</c>.</exception>
    public static CfFile Parse(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var entries = new Dictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var (line, content) in LogicalLines.Read(text))
        {
            var equals = content.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? "" : content[..equals].Trim();
            if (name.Length == 0 || name.Any(char.IsWhiteSpace))
            {
                throw new ConfigurationException($"{path}:{line}: expected name = value");
            }
            entries[name] = new Entry(content[(equals + 1)..].Trim(), line);
        }
        return new CfFile(path, entries);
    }

    /// <summary>The value of a name; null when it has none.</summary>
    public string? Find(string name) => _entries.TryGetValue(name, out var entry) ? entry.Value : null;

    /// <summary>A mistake in the value of a name, with file and line.</summary>
    public ConfigurationException Mistake(string name, string message) =>
        new(_entries.TryGetValue(name, out var entry) ? $"{Path}:{entry.Line}: {name}: {message}" : $"{Path}: {name}: {message}");
}
