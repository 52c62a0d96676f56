using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Dkim.Signing;

/// <summary>
/// Whose mail is signed with which keys, as OpenDKIM's SigningTable has it: lines of a pattern and <c>key</c> or <c>key:identity</c>. With <c>refile:</c> a pattern may hold <c>*</c> and lines count in
/// order; else the most specific of <c>user@host</c>, <c>host</c>, <c>user@.parent</c>, <c>.parent</c>, <c>user@*</c>, <c>*</c> counts. Immutable.
/// </summary>
internal sealed class SigningTable
{
    private readonly List<(string Pattern, string Key)> _lines;
    private readonly bool _hasPatterns;

    private SigningTable(List<(string, string)> lines, bool hasPatterns) => (_lines, _hasPatterns) = (lines, hasPatterns);

    /// <exception cref="ConfigurationException">A line has no key.</exception>
    internal static SigningTable Parse(string text, bool hasPatterns) => new([.. TableLines.Read(text)], hasPatterns);

    /// <summary>The keys' names for an address, in order; each may carry an identity behind a colon.</summary>
    internal IEnumerable<string> Find(Address address)
    {
        var (user, host) = (address.Local.ToLowerInvariant(), address.Domain.ToLowerInvariant());
        if (_hasPatterns) return _lines.Where(line => Fits(line.Pattern, $"{user}@{host}")).Select(line => line.Key);
        return Names(user, host).SelectMany(name => _lines.Where(line => line.Pattern.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(line => line.Key));
    }

    // * stands for any text; what is between the stars is found from the left.
    private static bool Fits(string pattern, string address)
    {
        var parts = pattern.Split('*');
        if (parts.Length == 1) return pattern.Equals(address, StringComparison.OrdinalIgnoreCase);
        if (!address.StartsWith(parts[0], StringComparison.OrdinalIgnoreCase)) return false;
        var at = parts[0].Length;
        foreach (var part in parts[1..^1])
        {
            var found = address.IndexOf(part, at, StringComparison.OrdinalIgnoreCase);
            if (found < 0) return false;
            at = found + part.Length;
        }
        return address.Length - at >= parts[^1].Length && address.EndsWith(parts[^1], StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> Names(string user, string host)
    {
        yield return $"{user}@{host}";
        yield return host;
        for (var dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1))
        {
            yield return $"{user}@{host[dot..]}";
            yield return host[dot..];
        }
        yield return $"{user}@*";
        yield return "*";
    }
}
