using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>Finds the tables that values name, and brings along the files of those that stand in the imported folder.</summary>
internal sealed partial class TableReferences(PostfixFolder folder, SourceValues values, TargetCatalogue catalogue)
{
    private readonly SortedDictionary<string, ImportedFile> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _sections = new(StringComparer.Ordinal);

    /// <summary>The files of the tables, as they go into the result.</summary>
    public IEnumerable<ImportedFile> Files => _files.Values;

    /// <summary>The sections <c>[tables.NAME]</c> of tables that main.cf itself describes: their keys.</summary>
    public IReadOnlyDictionary<string, SortedDictionary<string, string>> Sections => _sections;

    /// <summary>The parameters of main.cf that describe such tables, by name.</summary>
    public HashSet<string> Described { get; } = new(StringComparer.Ordinal);

    /// <summary>The value with its tables as the result names them.</summary>
    /// <param name="value">Tables, or words and tables among them.</param>
    /// <param name="losses">What can't be brought along.</param>
    /// <param name="hasOthers">Other things than tables may be written the same way, as transports.</param>
    public string Rewrite(string value, ICollection<string> losses, bool hasOthers = false) => Table().Replace(value, match =>
    {
        var (type, name) = (match.Groups["type"].Value, match.Groups["name"].Value);
        if (!catalogue.TableTypes.Contains(type))
        {
            if (!hasOthers) losses.Add($"there are no tables of type {type}");
            return match.Value;
        }
        if (name.StartsWith('/')) return $"{type}:{Bring(type, name, losses)}";
        return Describe(type, name) ? name : match.Value;
    });

    /// <summary>The words of a file that stands where a list has a path (postconf(5)), without its comments; null where there is no such file.</summary>
    public string? ReadList(string path)
    {
        if (folder.FindInside(path) is not { } inside || folder.ReadInside(inside) is not { } text) return null;
        return string.Join(' ', text.Split('\n').Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0));
    }

    /// <summary>The text of a table's file, where it is brought along; null for others.</summary>
    public string? FindText(string relative) => _files.TryGetValue(relative, out var file) ? Encoding.UTF8.GetString(file.Content.Span) : null;

    /// <summary>A file that is no table, as a certificate: brought along where it stands in the folder, readable for its owner alone.</summary>
    public string BringFile(string path, ICollection<string> losses)
    {
        if (!path.StartsWith('/') || folder.FindInside(path) is not { } inside) return path;
        if (folder.ReadInside(inside) is not { } text)
        {
            losses.Add($"{path} is not there");
            return path;
        }
        _files[inside] = new ImportedFile(inside, Encoding.UTF8.GetBytes(text), IsSecret: true);
        return inside;
    }

    private string Bring(string type, string path, ICollection<string> losses)
    {
        if (folder.FindInside(path) is not { } inside) return path;
        if (_files.ContainsKey(inside)) return inside;
        if (folder.ReadInside(inside) is { } text)
        {
            _files[inside] = new ImportedFile(inside, Encoding.UTF8.GetBytes(text), Secret().IsMatch(text) || IsPasswords(inside));
            return inside;
        }
        var compiled = new[] { ".db", ".lmdb", ".cdb", ".dir" }.Where(end => folder.ReadInside(inside + end) is not null).ToList();
        losses.Add(compiled.Count > 0 ? $"of {type}:{path} only the compiled {inside}{compiled[0]} is there: write its text with postmap -s" : $"{path} is not there");
        return inside;
    }

    // A table whose parameters stand in main.cf, under its name: ldap_table(5), mysql_table(5), pgsql_table(5).
    private bool Describe(string type, string name)
    {
        if (type is not ("ldap" or "mysql" or "pgsql" or "sqlite") || !Name().IsMatch(name)) return false;
        var keys = folder.Main.InForce.Values.Where(p => p.Name.StartsWith(name + "_", StringComparison.Ordinal)).ToList();
        if (keys.Count == 0) return false;
        var section = _sections[name] = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["type"] = type };
        foreach (var key in keys)
        {
            Described.Add(key.Name);
            section[key.Name[(name.Length + 1)..]] = values.TryExpand(key.Value, out var text, out _) ? text : key.Value;
        }
        return true;
    }

    private static bool IsPasswords(string path) => path.Contains("passw", StringComparison.OrdinalIgnoreCase) || path.Contains("secret", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"(?<![\w./-])(?<type>[a-z]+):(?<name>/[^\s,{}]+|[A-Za-z][\w.]*(?=[\s,{}]|$))")]
    private static partial Regex Table();

    [GeneratedRegex(@"^\w+$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\s*(password|bind_pw)\s*=", RegexOptions.Multiline)]
    private static partial Regex Secret();
}
