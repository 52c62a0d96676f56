using System.Globalization;

namespace PolicyMTA.Filters.Dmarc;

/// <summary>The list of publicsuffix.org: below which names people register domains. The site names the file; none comes with the program. Immutable.</summary>
internal sealed class PublicSuffixList
{
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    private readonly HashSet<string> _rules = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _exceptions = new(StringComparer.OrdinalIgnoreCase);

    internal static PublicSuffixList Parse(IEnumerable<string> lines)
    {
        var list = new PublicSuffixList();
        foreach (var line in lines)
        {
            var rule = line.Split(' ', '\t')[0].Trim();
            if (rule.Length == 0 || rule.StartsWith("//", StringComparison.Ordinal)) continue;
            if (rule[0] == '!') list._exceptions.Add(Ascii(rule[1..]));
            else list._rules.Add(Ascii(rule));
        }
        return list;
    }

    /// <summary>The domain that was registered: one label below the longest suffix; null for a suffix itself and for what is no domain. A name whose suffix is not listed has one of one label.</summary>
    internal string? FindRegistered(string domain)
    {
        var labels = Ascii(domain).ToLowerInvariant().Split('.');
        if (labels.Any(label => label.Length == 0)) return null;
        var suffix = SuffixLength(labels);
        return labels.Length > suffix ? string.Join('.', domain.ToLowerInvariant().Split('.')[^(suffix + 1)..]) : null;
    }

    private int SuffixLength(string[] labels)
    {
        for (var length = labels.Length; length > 0; length--)
        {
            var name = string.Join('.', labels[^length..]);
            if (_exceptions.Contains(name)) return length - 1;
            if (_rules.Contains(name) || length > 1 && _rules.Contains("*." + string.Join('.', labels[^(length - 1)..]))) return length;
        }
        return 1;
    }

    private static string Ascii(string name)
    {
        try
        {
            return System.Text.Ascii.IsValid(name) ? name : Idn.GetAscii(name);
        }
        catch (ArgumentException)
        {
            return name;
        }
    }
}
