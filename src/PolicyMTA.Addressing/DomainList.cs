using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>
/// A list of domains as Postfix's <c>mydestination</c> or <c>relay_domains</c> have it: names, <c>.name</c> for what is below it, tables
/// <c>type:name</c> with domains as keys, and <c>!</c> before any of these. The first element that matches decides. Immutable and thread-safe.
/// </summary>
public sealed class DomainList
{
    private readonly Element[] _elements;
    private readonly DomainMatching _matching;

    private DomainList(Element[] elements, DomainMatching matching) => (_elements, _matching) = (elements, matching);

    private readonly record struct Element(bool IsNegated, string Name, ILookupTable? Table);

    /// <summary>The list that holds no domain.</summary>
    public static DomainList Empty { get; } = new([], DomainMatching.Whole);

    /// <summary>True when nothing can match.</summary>
    public bool IsEmpty => _elements.Length == 0;

    /// <summary>Reads the elements of a parameter.</summary>
    /// <param name="elements">The elements.</param>
    /// <param name="tables">Opens the tables among them.</param>
    /// <param name="sections">Names of <c>[tables.NAME]</c> sections: such an element is that table, not a domain.</param>
    /// <param name="matching">What is below a domain.</param>
    /// <exception cref="ConfigurationException">A table can't be opened.</exception>
    public static DomainList Parse(
        IEnumerable<string> elements, ILookupTables tables, IReadOnlySet<string>? sections = null, DomainMatching matching = DomainMatching.Whole)
    {
        var parsed = new List<Element>();
        foreach (var element in elements)
        {
            var name = element.TrimStart('!');
            if (name.Length == 0) continue;
            var isNegated = (element.Length - name.Length) % 2 == 1;
            var isTable = name[0] != '[' && name.Contains(':', StringComparison.Ordinal) || sections?.Contains(name) == true;
            parsed.Add(isTable ? new Element(isNegated, name, tables.Open(name)) : new Element(isNegated, Fold(InternationalDomain.ToAscii(name)), null));
        }
        return new DomainList([.. parsed], matching);
    }

    /// <summary>A list of names alone.</summary>
    public static DomainList Of(params IEnumerable<string> names) => new([.. names.Select(name => new Element(false, Fold(InternationalDomain.ToAscii(name)), null))], DomainMatching.Whole);

    /// <summary>The domains that are keys of some tables.</summary>
    public static DomainList Of(IReadOnlyList<ILookupTable> tables) => new([.. tables.Select(table => new Element(false, "", table))], DomainMatching.Whole);

    /// <summary>Whether the list holds a domain.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    public async ValueTask<bool> ContainsAsync(string domain, CancellationToken cancellationToken)
    {
        if (_elements.Length == 0) return false;
        var ascii = InternationalDomain.ToAscii(domain);
        var folded = Fold(ascii);
        var unicode = InternationalDomain.FindUnicode(folded);
        foreach (var element in _elements)
        {
            var matches = element.Table is { } table
                ? await MatchesAsync(table, ascii, folded, cancellationToken) || (unicode is not null && await MatchesAsync(table, unicode, unicode, cancellationToken))
                : Matches(element.Name, folded);
            if (matches) return !element.IsNegated;
        }
        return false;
    }

    private bool Matches(string pattern, string domain)
    {
        if (pattern.Equals(domain, StringComparison.Ordinal)) return true;
        if (pattern.StartsWith('.')) return domain.EndsWith(pattern, StringComparison.Ordinal);
        return _matching == DomainMatching.Subdomains
            && domain.Length > pattern.Length
            && domain[domain.Length - pattern.Length - 1] == '.'
            && domain.EndsWith(pattern, StringComparison.Ordinal);
    }

    private async ValueTask<bool> MatchesAsync(ILookupTable table, string domain, string folded, CancellationToken cancellationToken)
    {
        var key = table.FoldsKeys ? folded : domain;
        if (await table.RequireAsync(key, cancellationToken) is not null) return true;
        if (_matching == DomainMatching.Whole || !table.AcceptsPartialKeys || key.StartsWith('[')) return false;
        for (var dot = key.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = key.IndexOf('.', dot + 1))
        {
            var parent = key[(_matching == DomainMatching.Subdomains ? dot + 1 : dot)..];
            if (parent.Length > 1 && await table.RequireAsync(parent, cancellationToken) is not null) return true;
        }
        return false;
    }

    private static string Fold(string domain) => KeyFolding.Fold(domain);
}
