using System.Text;

namespace PolicyMTA.Delivery.Local;

/// <summary>
/// The macros of <c>forward_path</c>, <c>luser_relay</c> and <c>command_execution_directory</c>: <c>$name</c>, <c>${name}</c>, <c>${name?text}</c>, <c>${name:text}</c>,
/// <c>${name?{text}:{text}}</c>. Characters of values that a filter does not know become underscores.
/// </summary>
internal sealed class LocalMacros(LocalRecipient recipient, UserAccount? account, string? filter)
{
    private const int DeepestNesting = 10;

    /// <summary>The names there are.</summary>
    public static IReadOnlyList<string> Known { get; } = ["user", "home", "shell", "recipient", "extension", "domain", "local", "mailbox", "recipient_delimiter"];

    /// <summary>Whether a text spoke of the extension, and there was one.</summary>
    public bool UsedExtension { get; private set; }

    /// <summary>What is wrong with a text; null when nothing is.</summary>
    public static string? FindMistake(string text)
    {
        try
        {
            var macros = new LocalMacros(new LocalRecipient(new Sdk.Address("a", "b"), "a", "a", "x", "+"), new UserAccount("a", 1, 1, "/", "/"), null);
            return macros.TryExpand(text, out _) ? null : "it has a macro that is not known";
        }
        catch (FormatException mistake) { return mistake.Message; }
    }

    /// <summary>False when a macro without a value was used: such a path is no path.</summary>
    /// <exception cref="FormatException">The text is no expansion.</exception>
    public bool TryExpand(string text, out string expanded)
    {
        UsedExtension = false;
        var isWhole = true;
        expanded = Expand(text, ref isWhole, 0);
        return isWhole;
    }

    private string Expand(string text, ref bool isWhole, int depth)
    {
        if (depth > DeepestNesting) throw new FormatException("its macros are nested too deep");
        var output = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length) output.Append(text[i]);
            else if (text[i + 1] == '$') output.Append(text[i++]);
            else output.Append(ExpandOne(text, ref i, ref isWhole, depth));
        }
        return output.ToString();
    }

    private string ExpandOne(string text, ref int i, ref bool isWhole, int depth)
    {
        if (text[i + 1] is '{' or '(')
        {
            var close = FindClose(text, i + 1);
            var inner = text[(i + 2)..close];
            i = close;
            return Choose(inner, ref isWhole, depth);
        }
        var end = EndOfName(text, i + 1);
        if (end == i + 1) throw new FormatException("it has a '$' without a name");
        var name = text[(i + 1)..end];
        i = end - 1;
        return Value(name, ref isWhole);
    }

    private string Choose(string inner, ref bool isWhole, int depth)
    {
        var end = EndOfName(inner, 0);
        var name = inner[..end];
        if (end == inner.Length) return Value(name, ref isWhole);
        if (end == 0 || inner[end] is not ('?' or ':')) throw new FormatException($"'{inner}' is no macro");
        var isSet = Find(name) is { Length: > 0 };
        if (isSet && name is "extension") UsedExtension = true;
        var (then, otherwise) = inner[end] == ':' ? ("", Bare(inner[(end + 1)..])) : Split(inner[(end + 1)..]);
        return Expand(isSet ? then : otherwise, ref isWhole, depth + 1);
    }

    private string Value(string name, ref bool isWhole)
    {
        var value = Find(name);
        if (value is null) isWhole = false;
        else if (name is "extension" && value.Length > 0) UsedExtension = true;
        return value ?? "";
    }

    // Null for what is not there, as a home for nobody.
    private string? Find(string name)
    {
        var value = name switch
        {
            "user" => recipient.User,
            "home" => account?.Home,
            "shell" => account?.Shell,
            "recipient" => recipient.Address.ToString(),
            "extension" => recipient.Extension,
            "recipient_delimiter" => recipient.Extension is null ? null : recipient.Delimiter,
            "domain" => recipient.Address.Domain,
            "local" or "mailbox" => recipient.Address.Local,
            _ => throw new FormatException($"there is no macro '{name}'"),
        };
        if (value is null || filter is null || name is "home" or "shell") return value;
        return Clean(value, filter);
    }

    /// <summary>The value with an underscore for each character that is not in the filter.</summary>
    public static string Clean(string value, string filter) => value.AsSpan().ContainsAnyExcept(filter) ? string.Concat(value.Select(c => filter.Contains(c, StringComparison.Ordinal) ? c : '_')) : value;

    private static (string Then, string Otherwise) Split(string text)
    {
        if (!text.StartsWith('{')) return (text, "");
        var close = FindClose(text, 0);
        var rest = text[(close + 1)..].Trim();
        if (rest.Length > 0 && rest[0] != ':') throw new FormatException($"'{rest}' stands where ':' should");
        return (text[1..close], rest.Length > 0 ? Bare(rest[1..].Trim()) : "");
    }

    private static string Bare(string text) => text.StartsWith('{') && FindClose(text, 0) == text.Length - 1 ? text[1..^1] : text;

    private static int EndOfName(string text, int start)
    {
        while (start < text.Length && (char.IsAsciiLetterOrDigit(text[start]) || text[start] == '_')) start++;
        return start;
    }

    private static int FindClose(string text, int open)
    {
        var (opening, closing, depth) = (text[open], text[open] == '{' ? '}' : ')', 0);
        for (var i = open; i < text.Length; i++)
        {
            if (text[i] == opening) depth++;
            if (text[i] == closing && --depth == 0) return i;
        }
        throw new FormatException($"it lacks a closing '{closing}'");
    }
}
