using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Sql;

/// <summary>User and password from a file as MySQL's own clients read it (<c>option_file</c>, <c>option_group</c>). An immutable value.</summary>
internal sealed class OptionFile
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the file that the parameters name; an empty one when they name none.</summary>
    /// <exception cref="ConfigurationException">It can't be read.</exception>
    internal static OptionFile Read(QueryParameters parameters)
    {
        var options = new OptionFile();
        if (parameters.Find("option_file") is not { Length: > 0 } path) return options;
        try
        {
            options.Take(File.ReadLines(parameters.FullPath(path)), parameters.Find("option_group") is { Length: > 0 } group ? group : "client");
            return options;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw parameters.Mistake("option_file", error.Message);
        }
    }

    internal string? Find(string name) => _values.GetValueOrDefault(name);

    private void Take(IEnumerable<string> lines, string group)
    {
        var isOurs = false;
        foreach (var line in lines.Select(line => line.Trim()))
        {
            if (line.Length == 0 || line[0] is '#' or ';' or '!') continue;
            if (line[0] == '[') isOurs = line.TrimEnd(']')[1..].Trim() == group;
            else if (isOurs && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var at) _values[line[..at].Trim()] = Unquote(line[(at + 1)..].Trim());
        }
    }

    private static string Unquote(string text) => text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0] ? text[1..^1] : text;
}
