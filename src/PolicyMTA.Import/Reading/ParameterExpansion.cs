using System.Globalization;
using System.Text;

namespace PolicyMTA.Import.Reading;

/// <summary>Expands <c>$name</c>, <c>${name}</c>, <c>$(name)</c>, <c>${name?text}</c>, <c>${name:text}</c>, <c>${name?{text}:{text}}</c> and <c>${{a} == {b}?…}</c>.</summary>
/// <param name="find">The unexpanded value of a parameter, its default where none is set; null where there is no such parameter.</param>
internal sealed class ParameterExpansion(Func<string, string?> find)
{
    // Postfix gives up at this depth too (mac_expand.c): a parameter that refers to itself.
    private const int DeepestNesting = 100;

    // A parameter that names another twice doubles with each step: without this bound a hundred lines fill the memory.
    private const int LongestValue = 1 << 20;

    private static readonly string[] Operators = ["==", "!=", "<=", ">=", "<", ">"];

    // Behind an operator: what is compared are levels of compatibility, 3.10 being more than 3.9.
    private const string Level = "level";

    /// <summary>Expands a value.</summary>
    /// <exception cref="FormatException">It cannot be expanded; the text says why.</exception>
    public string Expand(string value)
    {
        var steps = 0;
        return Expand(value, 0, ref steps);
    }

    private string Expand(string value, int depth, ref int steps)
    {
        if (depth > DeepestNesting) throw new FormatException("refers to itself, or is nested too deep");
        var expanded = new StringBuilder();
        for (var i = 0; i < value.Length;)
        {
            if (++steps > LongestValue) throw new FormatException("is too long when it is expanded");
            if (value[i] != '$') expanded.Append(value[i++]);
            else if (i + 1 < value.Length && value[i + 1] == '$') (_, i) = (expanded.Append('$'), i + 2);
            else if (i + 1 < value.Length && value[i + 1] is '{' or '(') expanded.Append(ExpandBraced(value, ref i, depth, ref steps));
            else expanded.Append(ExpandName(value, ref i, depth, ref steps));
        }
        return expanded.ToString();
    }

    private string ExpandName(string value, ref int i, int depth, ref int steps)
    {
        var end = NameEnd(value, i + 1);
        if (end == i + 1) throw new FormatException("has a $ without a name; write $$ for the character");
        var name = value[(i + 1)..end];
        i = end;
        return Expand(find(name) ?? "", depth + 1, ref steps);
    }

    private string ExpandBraced(string value, ref int i, int depth, ref int steps)
    {
        var end = Braces.FindEnd(value, i + 1);
        if (end < 0) throw new FormatException($"has a ${value[i + 1]} that is not closed");
        var inner = WhiteSpace.Trim(value[(i + 2)..end]);
        i = end + 1;
        if (inner.StartsWith('{')) return ExpandComparison(inner, depth, ref steps);
        var nameEnd = NameEnd(inner, 0);
        if (nameEnd == 0) throw new FormatException("has ${} without a name");
        var text = Expand(find(inner[..nameEnd]) ?? "", depth + 1, ref steps);
        var rest = inner[nameEnd..].TrimStart(WhiteSpace.Characters.ToCharArray());
        return rest.Length == 0 ? text : Expand(Choose(rest, text.Length > 0), depth + 1, ref steps);
    }

    private string ExpandComparison(string inner, int depth, ref int steps)
    {
        var at = 0;
        var left = Expand(TakeBraced(inner, ref at), depth + 1, ref steps);
        var operation = Operators.FirstOrDefault(o => inner.AsSpan(at).StartsWith(o, StringComparison.Ordinal)) ?? throw new FormatException("compares without ==, !=, <, <=, >= or >");
        at += operation.Length;
        var isLevel = inner.AsSpan(at).StartsWith(Level, StringComparison.Ordinal);
        if (isLevel) at += Level.Length;
        while (at < inner.Length && WhiteSpace.Is(inner[at])) at++;
        var right = Expand(TakeBraced(inner, ref at), depth + 1, ref steps);
        var holds = Holds(operation, isLevel ? CompareLevels(left, right) : Compare(left, right));
        return at == inner.Length ? holds ? "bool" : "" : Expand(Choose(inner[at..], holds), depth + 1, ref steps);
    }

    // Numbers are compared as numbers only where both are.
    private static int Compare(string left, string right) =>
        long.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var a) && long.TryParse(right, NumberStyles.None, CultureInfo.InvariantCulture, out var b)
            ? a.CompareTo(b)
            : string.CompareOrdinal(left, right);

    private static int CompareLevels(string left, string right) => ParseLevel(left).CompareTo(ParseLevel(right));

    private static Version ParseLevel(string text)
    {
        var numbers = text.Split('.').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"compares with \"{text}\", which is no level such as 3.6")).ToList();
        if (numbers.Count > 3) throw new FormatException($"compares with \"{text}\", which is no level such as 3.6");
        return new Version(numbers[0], numbers.ElementAtOrDefault(1), numbers.ElementAtOrDefault(2));
    }

    private static bool Holds(string operation, int order) => operation switch
    {
        "==" => order == 0,
        "!=" => order != 0,
        "<" => order < 0,
        "<=" => order <= 0,
        ">=" => order >= 0,
        _ => order > 0,
    };

    // The branch of "?text", ":text", "?{text}", ":{text}" or "?{text}:{text}" that holds, unexpanded; nothing where the one that holds is not written.
    private static string Choose(string rest, bool holds)
    {
        if (rest[0] is not ('?' or ':')) throw new FormatException($"has \"{rest}\" where ? or : is expected");
        var isThen = rest[0] == '?';
        var at = 1;
        while (at < rest.Length && WhiteSpace.Is(rest[at])) at++;
        if (at == rest.Length || rest[at] != '{') return isThen == holds ? rest[1..] : "";
        var first = TakeBraced(rest, ref at);
        if (at == rest.Length) return isThen == holds ? first : "";
        if (!isThen || rest[at++] != ':') throw new FormatException($"has \"{rest[(at - 1)..]}\" after a branch");
        while (at < rest.Length && WhiteSpace.Is(rest[at])) at++;
        var second = TakeBraced(rest, ref at);
        if (at != rest.Length) throw new FormatException($"has \"{rest[at..]}\" after the last branch");
        return holds ? first : second;
    }

    // The text in the braces at a place, and past the white space behind them.
    private static string TakeBraced(string text, ref int at)
    {
        var end = at < text.Length && text[at] == '{' ? Braces.FindEnd(text, at) : -1;
        if (end < 0) throw new FormatException("lacks a { or its }");
        var inner = WhiteSpace.Trim(text[(at + 1)..end]);
        for (at = end + 1; at < text.Length && WhiteSpace.Is(text[at]);) at++;
        return inner;
    }

    private static int NameEnd(string text, int start)
    {
        while (start < text.Length && (char.IsAsciiLetterOrDigit(text[start]) || text[start] == '_')) start++;
        return start;
    }
}
