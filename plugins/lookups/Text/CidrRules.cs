using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Networks and what they mean (cidr_table(5)): the first that holds the address decides.</summary>
internal sealed class CidrRules : IRules
{
    private readonly CidrBlock _rules = new();
    private readonly Stack<(CidrBlock Block, int Line)> _open = new();

    private CidrRules() { }

    public bool AcceptsPartialKeys => false;
    public bool FoldsKeys => false;

    internal static CidrRules Parse(string text, Action<int, string> warn)
    {
        var rules = new CidrRules();
        foreach (var (line, content) in LogicalLines.Read(text))
        {
            try
            {
                if (content[0] is ' ' or '\t') throw new FormatException($"logical line must not start with whitespace: \"{content}\"");
                rules.Add(line, content);
            }
            catch (FormatException e)
            {
                warn(line, e.Message + ": skipping this rule");
            }
        }
        foreach (var (_, line) in rules._open) warn(line, "IF has no matching ENDIF");
        return rules;
    }

    public LookupResult Find(string key) => AddressBits.Read(key) is { } address && _rules.Find(address) is { } value ? LookupResult.Found(value) : LookupResult.None;

    private void Add(int line, string content)
    {
        var block = _open.TryPeek(out var open) ? open.Block : _rules;
        if (TakeWord(content, "if") is { } condition) _open.Push((block.Open(ReadPattern(condition, isCondition: true).Network), line));
        else if (TakeWord(content, "endif") is not null)
        {
            if (!_open.TryPop(out _)) throw new FormatException("ENDIF without IF");
        }
        else
        {
            var (network, value) = ReadPattern(content, isCondition: false);
            block.Add(network, value);
        }
    }

    private static string? TakeWord(string content, string word)
    {
        if (!content.StartsWith(word, StringComparison.OrdinalIgnoreCase)) return null;
        var rest = content[word.Length..];
        return rest.Length == 0 || !char.IsAsciiLetterOrDigit(rest[0]) ? rest.TrimStart() : null;
    }

    private static (CidrNetwork Network, string Value) ReadPattern(string text, bool isCondition)
    {
        var isNegated = false;
        for (; text.StartsWith('!'); text = text[1..].TrimStart()) isNegated = !isNegated;
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var (pattern, value) = end < 0 ? (text, "") : (text[..end], text[end..].Trim());
        if (pattern.Length == 0) throw new FormatException("no address pattern");
        if (!isCondition && value.Length == 0) throw new FormatException("no lookup result");
        var (network, length) = ReadNetwork(Unbracket(pattern));
        return (new CidrNetwork(isNegated, network, length), value);
    }

    private static string Unbracket(string pattern)
    {
        if (pattern[0] != '[') return pattern;
        var end = pattern.IndexOf(']', StringComparison.Ordinal);
        if (end < 0) throw new FormatException($"missing ']' character after \"{pattern}\"");
        if (end + 1 < pattern.Length && pattern[end + 1] != '/') throw new FormatException($"garbage after \"{pattern[..(end + 1)]}\"");
        return pattern[1..end] + pattern[(end + 1)..];
    }

    private static (AddressBits Network, int Length) ReadNetwork(string pattern)
    {
        var slash = pattern.IndexOf('/', StringComparison.Ordinal);
        var network = AddressBits.Read(slash < 0 ? pattern : pattern.AsSpan(0, slash))
            ?? throw new FormatException(slash < 0 ? $"bad address pattern: \"{pattern}\"" : $"bad network value in \"{pattern}\"");
        if (slash < 0) return (network, network.Length);
        if (!int.TryParse(pattern.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)) throw new FormatException($"bad mask value in \"{pattern}\"");
        if (length > network.Length) throw new FormatException($"bad mask length in \"{pattern}\"");
        var masked = network with { Bits = AddressBits.Mask(network.Bits, length) };
        if (masked != network) throw new FormatException($"non-null host address bits in \"{pattern}\", perhaps you should use \"{masked}/{length}\" instead");
        return (network, length);
    }
}
