using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PolicyMTA.Lookups.Text;

/// <summary>The result of a pattern rule: text with <c>$1</c>, <c>${1}</c>, <c>$(1)</c> for what the groups matched, <c>$$</c> for a dollar. Immutable.</summary>
internal sealed class Replacement
{
    private readonly List<(string Text, int Group)> _pieces = [];
    private string _tail = "";

    private Replacement() { }

    /// <summary>The highest group it names; 0 for none.</summary>
    internal int HighestGroup => _pieces.Count == 0 ? 0 : _pieces.Max(piece => piece.Group);

    /// <exception cref="FormatException">A dollar is followed by something else.</exception>
    internal static Replacement Parse(string source)
    {
        var parsed = new Replacement();
        var text = new StringBuilder();
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '$') { text.Append(source[i]); continue; }
            if (++i < source.Length && source[i] == '$') { text.Append('$'); continue; }
            parsed._pieces.Add((text.ToString(), ReadGroup(source, ref i)));
            text.Clear();
        }
        parsed._tail = text.ToString();
        return parsed;
    }

    internal string Expand(Match match)
    {
        if (_pieces.Count == 0) return _tail;
        var text = new StringBuilder();
        foreach (var (before, group) in _pieces) text.Append(before).Append(match.Groups[group].ValueSpan);
        return text.Append(_tail).ToString();
    }

    private static int ReadGroup(string source, ref int index)
    {
        var close = index < source.Length ? source[index] switch { '{' => '}', '(' => ')', _ => '\0' } : '\0';
        var start = close == '\0' ? index : index + 1;
        var end = start;
        while (end < source.Length && char.IsAsciiDigit(source[end])) end++;
        var isClosed = close == '\0' || end < source.Length && source[end] == close;
        if (!isClosed || !int.TryParse(source.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out var group) || group == 0)
        {
            throw new FormatException($"non-numeric replacement index in \"{source}\"");
        }
        index = close == '\0' ? end - 1 : end;
        return group;
    }
}
