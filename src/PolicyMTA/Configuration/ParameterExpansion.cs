using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration;

/// <summary>
/// Expands <c>$name</c>, <c>${name}</c>, <c>$(name)</c>, and by whether a parameter is empty <c>${name?{text}:{otherwise}}</c>, <c>${name?text}</c>,
/// <c>${name:otherwise}</c> (postconf(5)). <c>$$</c> is a dollar.
/// </summary>
internal static class ParameterExpansion
{
    /// <exception cref="ConfigurationException">The text is no expansion, or a parameter is not known.</exception>
    public static string Expand(string text, Func<string, string> valueOf)
    {
        if (!text.Contains('$', StringComparison.Ordinal)) return text;
        var expanded = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$') expanded.Append(text[i]);
            else expanded.Append(ExpandOne(text, ref i, valueOf));
        }
        return expanded.ToString();
    }

    /// <summary>Expands what begins at a dollar; <paramref name="i"/> is left at its last character.</summary>
    private static string ExpandOne(string text, ref int i, Func<string, string> valueOf)
    {
        var start = i + 1;
        if (start < text.Length && text[start] == '$')
        {
            i = start;
            return "$";
        }
        if (start < text.Length && text[start] is '{' or '(')
        {
            i = FindClose(text, start);
            return Choose(text[(start + 1)..i], valueOf);
        }
        var stop = EndOfName(text, start);
        if (stop == start) throw new ConfigurationException($"'{text}' has a '$' without a name; write '$$' for a dollar");
        i = stop - 1;
        return valueOf(text[start..stop]);
    }

    private static string Choose(string inner, Func<string, string> valueOf)
    {
        var end = EndOfName(inner, 0);
        if (end == inner.Length) return valueOf(inner);
        var (mark, rest) = (inner[end], inner[(end + 1)..]);
        if (end == 0 || mark is not ('?' or ':')) throw new ConfigurationException($"'{inner}' is no name of a parameter");
        var isSet = valueOf(inner[..end]).Length > 0;
        if (mark == ':') return isSet ? valueOf(inner[..end]) : Expand(Bare(rest), valueOf);
        var (then, otherwise) = Split(rest);
        return Expand(isSet ? then : otherwise, valueOf);
    }

    /// <summary>Parts <c>{text}:{otherwise}</c>; text without braces is all of it.</summary>
    private static (string Then, string Otherwise) Split(string text)
    {
        if (!text.StartsWith('{')) return (text, "");
        var close = FindClose(text, 0);
        var rest = text[(close + 1)..].Trim();
        if (rest.Length > 0 && rest[0] != ':') throw new ConfigurationException($"'{rest}' stands where ':' should");
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
        var (opening, closing) = text[open] == '{' ? ('{', '}') : ('(', ')');
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            if (text[i] == opening) depth++;
            if (text[i] == closing && --depth == 0) return i;
        }
        throw new ConfigurationException($"'{text}' lacks a closing '{closing}'");
    }
}
