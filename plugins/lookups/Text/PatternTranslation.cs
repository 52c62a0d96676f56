using System.Text;

namespace PolicyMTA.Lookups.Text;

/// <summary>Writes POSIX and Perl expressions as .NET takes them: only what stands in brackets differs enough to matter.</summary>
internal static class PatternTranslation
{
    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["alpha"] = "a-zA-Z", ["digit"] = "0-9", ["alnum"] = "a-zA-Z0-9", ["upper"] = "A-Z", ["lower"] = "a-z", ["space"] = @"\s", ["blank"] = @" \t",
        ["punct"] = @"!-/:-@\[-`{-~", ["print"] = " -~", ["graph"] = "!-~", ["cntrl"] = @"\x00-\x1f\x7f", ["xdigit"] = "0-9a-fA-F", ["word"] = @"\w",
    };

    /// <exception cref="FormatException">A bracket does not end, or names an unknown class.</exception>
    internal static string Translate(string pattern, PatternSyntax syntax)
    {
        var text = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length) text.Append(pattern[i]).Append(pattern[++i]);
            else if (pattern[i] == '[') i = AppendBracket(pattern, i, syntax, text);
            else text.Append(pattern[i]);
        }
        return text.ToString();
    }

    private static int AppendBracket(string pattern, int start, PatternSyntax syntax, StringBuilder text)
    {
        var i = start + 1;
        text.Append('[');
        if (i < pattern.Length && pattern[i] == '^') text.Append(pattern[i++]);
        for (var isFirst = true; i < pattern.Length; i++, isFirst = false)
        {
            var c = pattern[i];
            if (c == ']' && !isFirst)
            {
                text.Append(']');
                return i;
            }
            if (c == '[' && i + 1 < pattern.Length && pattern[i + 1] == ':') i = AppendClass(pattern, i, text);
            else if (c == '\\' && syntax == PatternSyntax.Perl && i + 1 < pattern.Length) text.Append(c).Append(pattern[++i]);
            // A backslash is an ordinary character in POSIX brackets; "[" would begin a subtraction in .NET.
            else if (c is '\\' or '[' or ']') text.Append('\\').Append(c);
            else text.Append(c);
        }
        throw new FormatException("a [ that does not end");
    }

    private static int AppendClass(string pattern, int start, StringBuilder text)
    {
        var end = pattern.IndexOf(":]", start + 2, StringComparison.Ordinal);
        var name = end < 0 ? "" : pattern[(start + 2)..end];
        text.Append(Classes.TryGetValue(name, out var members) ? members : throw new FormatException($"unknown class [:{name}:]"));
        return end + 1;
    }
}
