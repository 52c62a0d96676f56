namespace PolicyMTA.Sdk;

/// <summary>
/// The <c>domain</c> parameter of a table: only keys <c>user@domain</c> of these domains are looked up; bare names, domains and <c>@domain</c> are not.
/// Immutable and thread-safe.
/// </summary>
public sealed class KeyDomains
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ILookupTable> _tables = [];

    private KeyDomains() { }

    /// <summary>Reads the parameter: domains and tables <c>type:name</c>, with commas or white space between them. Null when it is empty: every key may be looked up.</summary>
    /// <exception cref="ConfigurationException">A table can't be opened.</exception>
    public static KeyDomains? Parse(string? domain, ILookupTables tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var parsed = new KeyDomains();
        foreach (var element in (domain ?? "").Split([',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (element.Contains(':', StringComparison.Ordinal)) parsed._tables.Add(tables.Open(element));
            else parsed._names.Add(element);
        }
        return parsed._names.Count == 0 && parsed._tables.Count == 0 ? null : parsed;
    }

    /// <summary>Found when the key may be looked up, none when not; a failure when a table could not say.</summary>
    public async ValueTask<LookupResult> AllowsAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var parts = new KeyParts(key);
        if (parts.Domain is not { } domain || parts.User is null) return LookupResult.None;
        if (_names.Contains(domain)) return LookupResult.Found("");
        foreach (var table in _tables)
        {
            var result = await table.FindFoldedAsync(domain, cancellationToken);
            if (result.IsFound || result.IsFailure) return result;
        }
        return LookupResult.None;
    }
}
