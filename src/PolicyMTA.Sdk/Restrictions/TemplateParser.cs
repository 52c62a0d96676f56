using System.Buffers;
using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>Reads templates as Postfix's mac_expand(3) does.</summary>
internal static class TemplateParser
{
    /// <summary>As Postfix: deeper nesting is a mistake.</summary>
    private const int Deepest = 100;
    private static readonly SearchValues<char> OperatorCharacters = SearchValues.Create("<>!=?+-*/~&|%");
    private static readonly char[] Space = [' ', '\t', '\r', '\n'];

    public static IReadOnlyList<TemplateNode> Parse(string text) => ReadText(text, 0);

    private static List<TemplateNode> ReadText(string text, int depth)
    {
        if (depth > Deepest) throw new FormatException("macros stand too deep in each other");
        var nodes = new List<TemplateNode>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] != '$' || text.AsSpan(i).StartsWith("$$"))
            {
                literal.Append(text[i]);
                i += text[i] == '$' ? 2 : 1;
                continue;
            }
            if (literal.Length > 0) nodes.Add(new TemplateNode.Literal(literal.ToString()));
            literal.Clear();
            var macro = TakeMacro(text, ref i);
            if (macro.Length == 0) throw new FormatException($"'{text}' has a '$' without a name; write '$$' for a dollar");
            nodes.Add(ReadMacro(macro, depth));
        }
        if (literal.Length > 0) nodes.Add(new TemplateNode.Literal(literal.ToString()));
        return nodes;
    }

    private static string TakeMacro(string text, ref int i)
    {
        var start = ++i;
        if (start < text.Length && text[start] is '{' or '(')
        {
            var end = FindEnd(text, start, text[start], text[start] == '{' ? '}' : ')');
            i = end + 1;
            return text[(start + 1)..end];
        }
        while (i < text.Length && IsNameCharacter(text[i])) i++;
        return text[start..i];
    }

    private static TemplateNode ReadMacro(string macro, int depth)
    {
        var rest = macro.TrimStart(Space);
        TemplateNode condition = rest.StartsWith('{') ? ReadComparison(ref rest, depth) : ReadName(macro, ref rest);
        if (rest.Length == 0) return condition;
        if (rest[0] is not ('?' or ':')) throw new FormatException($"'?' or ':' is expected at '{rest}'");
        var isTernary = rest[0] == '?';
        rest = rest[1..];
        var first = ReadOperand(ref rest, depth);
        if (!isTernary || rest.Length == 0)
        {
            if (rest.Length > 0) throw new FormatException($"'{rest}' is too much");
            return new TemplateNode.Choice(condition, isTernary ? first : null, isTernary ? null : first);
        }
        if (rest[0] != ':') throw new FormatException($"':' is expected at '{rest}'");
        rest = rest[1..];
        var second = ReadOperand(ref rest, depth);
        return rest.Length == 0 ? new TemplateNode.Choice(condition, first, second) : throw new FormatException($"'{rest}' is too much");
    }

    private static TemplateNode.Named ReadName(string macro, ref string rest)
    {
        var end = 0;
        while (end < rest.Length && IsNameCharacter(rest[end])) end++;
        var name = rest[..end];
        rest = rest[end..].TrimStart(Space);
        return rest is "" or ['?' or ':', ..] ? new TemplateNode.Named(name) : throw new FormatException($"'{macro}' is no name");
    }

    private static TemplateNode.Comparison ReadComparison(ref string rest, int depth)
    {
        var left = TakeBraced(ref rest);
        var end = rest.AsSpan().IndexOfAnyExcept(OperatorCharacters);
        var operation = end < 0 ? rest : rest[..end];
        if (operation is not ("==" or "!=" or "<" or "<=" or ">=" or ">")) throw new FormatException($"==, !=, <, <=, >= or > is expected at '{rest}'");
        rest = rest[operation.Length..].TrimStart(Space);
        if (!rest.StartsWith('{')) throw new FormatException($"'{{' is expected at '{rest}'");
        var right = TakeBraced(ref rest);
        return new TemplateNode.Comparison(ReadText(left, depth + 1), operation, ReadText(right, depth + 1));
    }

    private static List<TemplateNode> ReadOperand(ref string rest, int depth)
    {
        var trimmed = rest.TrimStart(Space);
        var text = rest;
        rest = trimmed.StartsWith('{') ? trimmed : "";
        return ReadText(rest.Length > 0 ? TakeBraced(ref rest) : text, depth + 1);
    }

    private static string TakeBraced(ref string rest)
    {
        var end = FindEnd(rest, 0, '{', '}');
        var inner = rest[1..end];
        rest = rest[(end + 1)..].TrimStart(Space);
        return inner;
    }

    private static int FindEnd(string text, int start, char open, char close)
    {
        var level = 0;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == open) level++;
            if (text[i] == close && --level == 0) return i;
        }
        throw new FormatException($"'{text}' lacks a '{close}'");
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
