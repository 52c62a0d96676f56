using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Routing;

/// <summary>Asks <c>transport_maps</c> as transport(5) does: the most specific key first, in each table before the next key.</summary>
internal static class TransportMap
{
    /// <summary>The entry <c>transport:nexthop</c>, or null.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    public static async ValueTask<string?> FindAsync(DeliverySettings settings, Address recipient, CancellationToken cancellationToken)
    {
        if (settings.TransportMaps.Count == 0) return null;
        var full = recipient.ToString();
        foreach (var (key, isWhole) in Keys(recipient, full, settings))
        {
            foreach (var table in settings.TransportMaps)
            {
                if (!isWhole && !table.AcceptsPartialKeys) continue;
                var result = await table.FindFoldedAsync(key, cancellationToken);
                if (result.IsFailure) throw new TemporaryFailureException($"transport_maps: {result.Failure}");
                if (result.IsFound) return result.Value;
            }
        }
        return null;
    }

    private static IEnumerable<(string Key, bool IsWhole)> Keys(Address recipient, string full, DeliverySettings settings)
    {
        yield return (full, true);
        if (WithoutExtension(recipient, settings.RecipientDelimiter) is { } plain) yield return (plain.ToString(), false);
        var domain = recipient.Domain;
        if (domain.Length > 0) yield return (domain, false);
        for (var dot = domain.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = domain.IndexOf('.', dot + 1)) yield return (domain[(settings.TransportMapsMatchSubdomains ? dot + 1 : dot)..], false);
        yield return ("*", false);
    }

    /// <summary>The address without its extension; null when it has none.</summary>
    public static Address? WithoutExtension(Address address, string delimiter)
    {
        if (delimiter.Length == 0) return null;
        var at = address.Local.AsSpan().IndexOfAny(delimiter);
        // postconf(5) recipient_delimiter: an empty user part is no user.
        return at > 0 ? address with { Local = address.Local[..at] } : null;
    }
}
