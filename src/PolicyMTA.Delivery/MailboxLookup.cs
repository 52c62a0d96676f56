using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>Finds what a table says of a virtual mailbox (virtual(8), table search order): its path, its owner, its quota.</summary>
public static class MailboxLookup
{
    /// <summary>The value for the address, else for the address without its extension, else for its domain.</summary>
    public static async ValueTask<LookupResult> FindAsync(IReadOnlyList<ILookupTable> tables, Address address, string recipientDelimiter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(address);
        var result = await FindOneAsync(tables, address, recipientDelimiter, cancellationToken);
        // The domain of an address is in its ASCII form; the table may have the other.
        if (result.IsFound || result.IsFailure || InternationalDomain.FindUnicode(address.Domain) is not { } unicode) return result;
        return await FindOneAsync(tables, address with { Domain = unicode }, recipientDelimiter, cancellationToken);
    }

    private static async ValueTask<LookupResult> FindOneAsync(IReadOnlyList<ILookupTable> tables, Address address, string recipientDelimiter, CancellationToken cancellationToken)
    {
        var plain = TransportMap.WithoutExtension(address, recipientDelimiter);
        foreach (var (key, isWhole) in new[] { (address.ToString(), true), (plain?.ToString(), false), (address.Domain.Length > 0 ? "@" + address.Domain : null, false) })
        {
            if (key is null) continue;
            foreach (var table in tables)
            {
                if (!isWhole && !table.AcceptsPartialKeys) continue;
                var result = await table.FindFoldedAsync(key, cancellationToken);
                if (result.IsFound || result.IsFailure) return result;
            }
        }
        return LookupResult.None;
    }
}
