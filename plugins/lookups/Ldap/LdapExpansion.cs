using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>
/// What one key comes to: the values of the entries that were found, and of those they name. An entry that is named twice, or by itself, is expanded once.
/// For one lookup, on one server.
/// </summary>
internal sealed class LdapExpansion(LdapTableOptions options, LdapServer server, CancellationToken cancellationToken)
{
    /// <summary>Values one key may have; a directory that has more is asked for something a table is not for.</summary>
    internal const int ValueLimit = 100_000;

    private readonly HashSet<string> _expanded = new(StringComparer.OrdinalIgnoreCase);

    internal List<string?> Values { get; } = [];

    /// <exception cref="LdapLimitException">A limit is passed, or an entry names something that can't be followed.</exception>
    internal async ValueTask CollectAsync(LdapSearch search, int depth)
    {
        if (depth > options.RecursionLimit) throw new LdapLimitException($"entries name each other more than recursion_limit = {options.RecursionLimit} deep");
        var entries = await server.SearchAsync(search, cancellationToken);
        if (options.SizeLimit > 0 && entries.Count > options.SizeLimit) throw new LdapLimitException($"more entries than size_limit = {options.SizeLimit}");
        foreach (var entry in entries) await CollectAsync(entry, depth);
    }

    private async ValueTask CollectAsync(LdapEntry entry, int depth)
    {
        var attributes = options.Attributes;
        var isTerminal = Has(entry, attributes.Terminal);
        var isLeaf = !Has(entry, attributes.Special);
        foreach (var (name, values) in entry.Attributes)
        {
            if (isTerminal ? Names(attributes.Terminal, name) : Names(attributes.Normal, name) || isLeaf && Names(attributes.Leaf, name)) Add(values);
            else if (!isTerminal && Names(attributes.Special, name))
            {
                foreach (var value in values) await FollowAsync(value, depth);
            }
        }
    }

    private async ValueTask FollowAsync(string value, int depth)
    {
        if (!_expanded.Add(value)) return;
        var next = LdapUrl.TryParse(value, out var url)
            ? options.Search(url.Base, url.Scope, url.Filter, url.Attributes.Count > 0 ? url.Attributes : options.Attributes.All)
            : options.Search(value, LdapScope.Base, LdapUrl.EveryEntry, options.Attributes.All);
        try
        {
            await CollectAsync(next, depth + 1);
        }
        catch (LdapResultException error) when (error.Code == LdapResultException.NoSuchObject)
        {
            // A member that has left the directory.
        }
        catch (ConfigurationException error)
        {
            throw new LdapLimitException($"an entry names '{value}': {error.Message}");
        }
    }

    private void Add(IReadOnlyList<string> values)
    {
        if (Values.Count + values.Count > ValueLimit) throw new LdapLimitException($"more than {ValueLimit} values");
        Values.AddRange(values);
    }

    private static bool Has(LdapEntry entry, IReadOnlyList<string> names) => entry.Attributes.Any(attribute => attribute.Values.Count > 0 && Names(names, attribute.Name));

    // Servers answer in the spelling of their schema.
    private static bool Names(IReadOnlyList<string> names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
