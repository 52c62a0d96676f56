using System.Globalization;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>The public suffix list, for discovery as RFC 7489 §3.2 has it. The site names its file. Immutable.</summary>
internal sealed class PublicSuffixList
{
    private static readonly IdnMapping Idn = new();

    private readonly HashSet<string> _rules = new(StringComparer.Ordinal), _wildcards = new(StringComparer.Ordinal), _exceptions = new(StringComparer.Ordinal);

    private PublicSuffixList(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            // A rule ends at the first white space.
            var rule = line.Split([' ', '\t'], 2)[0];
            if (rule.Length == 0 || rule.StartsWith("//", StringComparison.Ordinal)) continue;
            if (rule.StartsWith("*.", StringComparison.Ordinal)) _wildcards.Add(Folded(rule[2..]));
            else if (rule[0] == '!') _exceptions.Add(Folded(rule[1..]));
            else _rules.Add(Folded(rule));
        }
    }

    /// <summary>How many rules there are.</summary>
    internal int Count => _rules.Count + _wildcards.Count + _exceptions.Count;

    /// <summary>Reads a list's lines.</summary>
    internal static PublicSuffixList Parse(IEnumerable<string> lines) => new(lines);

    /// <summary>The public suffix of a domain and one label more; null when the domain is a suffix, or no domain.</summary>
    internal string? Registrable(string domain)
    {
        var labels = domain.ToLowerInvariant().Split('.');
        if (labels.Any(label => label.Length == 0)) return null;
        var folded = labels.Select(Folded).ToArray();
        var suffix = SuffixLength(folded);
        return suffix >= labels.Length ? null : string.Join('.', labels[^(suffix + 1)..]);
    }

    // The longest rule wins, an exception over all; what no rule knows has one label.
    private int SuffixLength(string[] labels)
    {
        for (var start = 0; start < labels.Length; start++)
        {
            var length = labels.Length - start;
            var name = string.Join('.', labels[start..]);
            if (_exceptions.Contains(name)) return length - 1;
            if (_rules.Contains(name)) return length;
            if (length > 1 && _wildcards.Contains(string.Join('.', labels[(start + 1)..]))) return length;
        }
        return 1;
    }

    private static string Folded(string text)
    {
        if (System.Text.Ascii.IsValid(text)) return text.ToLowerInvariant();
        try
        {
            return Idn.GetAscii(text).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return text;
        }
    }
}
