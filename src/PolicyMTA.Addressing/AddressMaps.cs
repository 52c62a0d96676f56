using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>What a table said about an address, and the extension that no key held.</summary>
internal sealed record AddressMatch(string Value, string UnmatchedExtension);

/// <summary>
/// Looks for an address in tables: <c>user+ext@domain</c>, <c>user@domain</c>, for domains of ours <c>user+ext</c> and <c>user</c>, then <c>@domain</c>
/// (virtual(5)). Every table is asked a key before the next key is tried.
/// </summary>
internal sealed class AddressMaps(string delimiters, AddressResolver resolver)
{
    /// <summary>Asks for an address; where its domain has two forms, for both.</summary>
    internal async ValueTask<AddressMatch?> FindAsync(IReadOnlyList<ILookupTable> tables, Address address, CancellationToken cancellationToken)
    {
        if (await FindOneAsync(tables, address, cancellationToken) is { } match) return match;
        return tables.Count > 0 && InternationalDomain.FindUnicode(address.Domain) is { } unicode
            ? await FindOneAsync(tables, address with { Domain = unicode }, cancellationToken)
            : null;
    }

    private async ValueTask<AddressMatch?> FindOneAsync(IReadOnlyList<ILookupTable> tables, Address address, CancellationToken cancellationToken)
    {
        if (tables.Count == 0 || address.IsNull) return null;
        if (await AskAsync(tables, address.ToString(), isPartial: false, cancellationToken) is { } whole) return new AddressMatch(whole, "");
        var at = AddressExtension.Find(address.Local, delimiters);
        var (user, extension) = at < 0 ? (address.Local, "") : (address.Local[..at], address.Local[at..]);
        foreach (var (key, unmatched) in await KeysAsync(address, user, extension, cancellationToken))
        {
            if (await AskAsync(tables, key, isPartial: true, cancellationToken) is { } value) return new AddressMatch(value, unmatched);
        }
        return null;
    }

    private async ValueTask<List<(string Key, string Unmatched)>> KeysAsync(
        Address address, string user, string extension, CancellationToken cancellationToken)
    {
        var keys = new List<(string, string)>(4);
        var suffix = address.Domain.Length == 0 ? "" : "@" + address.Domain;
        if (extension.Length > 0) keys.Add((user + suffix, extension));
        if (suffix.Length == 0) return keys;
        if (await resolver.HasBareKeysAsync(address.Domain, cancellationToken))
        {
            keys.Add((address.Local, ""));
            if (extension.Length > 0) keys.Add((user, extension));
        }
        // Who is caught by a domain alone keeps no extension (Postfix mail_addr_find.c).
        keys.Add((suffix, ""));
        return keys;
    }

    private static async ValueTask<string?> AskAsync(
        IReadOnlyList<ILookupTable> tables, string key, bool isPartial, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            if (isPartial && !table.AcceptsPartialKeys) continue;
            if (await table.RequireAsync(table.FoldsKeys ? KeyFolding.Fold(key) : key, cancellationToken) is { } value) return value;
        }
        return null;
    }
}
