using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Networks and what they mean (cidr_table(5)): the first that holds the address decides.</summary>
internal sealed class CidrRules : IRules
{
    private sealed record Rule(bool IsNegated, byte[] Network, int Length, string Value);

    private readonly RuleTree<Rule> _rules = new();

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
                rules.Add(line, content);
            }
            catch (FormatException e)
            {
                warn(line, e.Message + ": skipping this rule");
            }
        }
        rules._rules.Finish(warn);
        return rules;
    }

    public LookupResult Find(string key)
    {
        if (ReadAddress(key) is not { } address) return LookupResult.None;
        for (var i = 0; i < _rules.Count; i++)
        {
            var rule = _rules[i];
            var matches = rule.Network.Length == address.Length && rule.IsNegated != Holds(rule, address);
            if (_rules.EndOf(i) is var end && end < 0)
            {
                if (matches) return LookupResult.Found(rule.Value);
            }
            else if (!matches) i = end - 1;
        }
        return LookupResult.None;
    }

    private void Add(int line, string content)
    {
        if (TakeWord(content, "if") is { } condition) _rules.OpenIf(ReadPattern(condition, isCondition: true), line);
        else if (TakeWord(content, "endif") is not null)
        {
            if (!_rules.CloseIf()) throw new FormatException("ENDIF without IF");
        }
        else _rules.AddRule(ReadPattern(content, isCondition: false));
    }

    private static string? TakeWord(string content, string word)
    {
        if (!content.StartsWith(word, StringComparison.OrdinalIgnoreCase)) return null;
        var rest = content[word.Length..];
        return rest.Length == 0 || !char.IsAsciiLetterOrDigit(rest[0]) ? rest.TrimStart() : null;
    }

    private static Rule ReadPattern(string text, bool isCondition)
    {
        var isNegated = false;
        for (; text.StartsWith('!'); text = text[1..].TrimStart()) isNegated = !isNegated;
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var (pattern, value) = end < 0 ? (text, "") : (text[..end], text[end..].Trim());
        if (pattern.Length == 0) throw new FormatException("no address pattern");
        if (!isCondition && value.Length == 0) throw new FormatException("no lookup result");
        var (network, length) = ReadNetwork(Unbracket(pattern));
        return new Rule(isNegated, network, length, value);
    }

    private static string Unbracket(string pattern)
    {
        if (pattern[0] != '[') return pattern;
        var end = pattern.IndexOf(']', StringComparison.Ordinal);
        if (end < 0) throw new FormatException($"missing ']' character after \"{pattern}\"");
        if (end + 1 < pattern.Length && pattern[end + 1] != '/') throw new FormatException($"garbage after \"{pattern[..(end + 1)]}\"");
        return pattern[1..end] + pattern[(end + 1)..];
    }

    private static (byte[] Network, int Length) ReadNetwork(string pattern)
    {
        var slash = pattern.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? pattern : pattern[..slash];
        var network = ReadAddress(text)
            ?? throw new FormatException(slash < 0 ? $"bad address pattern: \"{pattern}\"" : $"bad network value in \"{pattern}\"");
        if (slash < 0) return (network, network.Length * 8);
        if (!int.TryParse(pattern.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)) throw new FormatException($"bad mask value in \"{pattern}\"");
        if (length > network.Length * 8) throw new FormatException($"bad mask length in \"{pattern}\"");
        var masked = Mask(network, length);
        if (!masked.AsSpan().SequenceEqual(network))
        {
            throw new FormatException($"non-null host address bits in \"{pattern}\", perhaps you should use \"{new IPAddress(masked)}/{length}\" instead");
        }
        return (network, length);
    }

    private static bool Holds(Rule rule, byte[] address)
    {
        var whole = rule.Length / 8;
        if (!address.AsSpan(0, whole).SequenceEqual(rule.Network.AsSpan(0, whole))) return false;
        var rest = rule.Length % 8;
        return rest == 0 || (address[whole] ^ rule.Network[whole]) >> (8 - rest) == 0;
    }

    private static byte[] Mask(byte[] address, int length)
    {
        var masked = new byte[address.Length];
        for (var bit = 0; bit < length; bit++) masked[bit / 8] |= (byte)(address[bit / 8] & 0x80 >> bit % 8);
        return masked;
    }

    // The library takes "1.2" and "0x1.2.3.4" for addresses too.
    private static byte[]? ReadAddress(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal))
        {
            var isPlain = text.AsSpan().IndexOfAny("[]%/") < 0;
            return isPlain && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? address.GetAddressBytes() : null;
        }
        var parts = text.Split('.');
        var bytes = new byte[4];
        if (parts.Length != 4) return null;
        for (var i = 0; i < 4; i++)
        {
            if (!byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i])) return null;
        }
        return bytes;
    }
}
