using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Texts in braces within a table's name: <c>{ a=b, { c = d e } }</c>.</summary>
internal static class InlineText
{
    /// <summary>The elements between the outer braces: separated by commas and white space, except within braces of their own.</summary>
    internal static List<string> Elements(TableArguments arguments)
    {
        var text = arguments.Name.Trim();
        if (text.Length < 2 || text[0] != '{' || text[^1] != '}') throw Mistake(arguments, "expected { … }");
        var elements = new List<string>();
        var (start, depth) = (-1, 0);
        for (var i = 1; i < text.Length - 1; i++)
        {
            var isSeparator = depth == 0 && (text[i] == ',' || char.IsWhiteSpace(text[i]));
            if (isSeparator && start >= 0) elements.Add(text[start..i]);
            start = isSeparator ? -1 : start < 0 ? i : start;
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth < 0) throw Mistake(arguments, "a } without its {");
        }
        if (depth > 0) throw Mistake(arguments, "a { without its }");
        if (start >= 0) elements.Add(text[start..^1]);
        return elements;
    }

    /// <summary>The entries of an <c>inline:</c> table.</summary>
    internal static Dictionary<string, string> ReadEntries(TableArguments arguments)
    {
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var element in Elements(arguments))
        {
            var entry = Unbrace(element);
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw Mistake(arguments, $"expected key = value, not '{entry}'");
            entries[KeyFolding.Fold(entry[..equals].Trim())] = entry[(equals + 1)..].Trim();
        }
        return entries.Count > 0 ? entries : throw Mistake(arguments, "there is no entry");
    }

    /// <summary>The tables that a table is made of.</summary>
    internal static IReadOnlyList<ILookupTable> OpenTables(TableArguments arguments, ILookupTables tables)
    {
        var opened = Elements(arguments).Select(tables.Open).ToList();
        return opened.Count > 0 ? opened : throw Mistake(arguments, "there is no table");
    }

    /// <summary>The values of a <c>randmap:</c>; braces around one belong to it.</summary>
    internal static IReadOnlyList<string> ReadValues(TableArguments arguments)
    {
        var values = Elements(arguments);
        return values.Count > 0 ? values : throw Mistake(arguments, "there is no value");
    }

    /// <summary>The rules <c>{ {rule} {rule} }</c> as the lines of a file.</summary>
    internal static string JoinRules(TableArguments arguments) => string.Join('\n', Elements(arguments).Select(Unbrace));

    internal static string Unbrace(string text) => text.Length > 1 && text[0] == '{' && text[^1] == '}' ? text[1..^1].Trim() : text;

    private static ConfigurationException Mistake(TableArguments arguments, string message) => new($"{arguments}: {message}");
}
