using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>Asks tables for a user's name.</summary>
internal static class TableSearch
{
    private static readonly EnhancedStatus LookupFailed = new(4, 3, 0);

    /// <summary>The first value; null when there is none.</summary>
    /// <exception cref="ExpansionDeferredException">A table could not say.</exception>
    public static async ValueTask<string?> FindAsync(IReadOnlyList<ILookupTable> tables, string user, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            var result = await table.FindAsync(user, cancellationToken);
            if (result.IsFailure) throw new ExpansionDeferredException(LookupFailed, "table lookup failure");
            if (result.IsFound) return result.Value;
        }
        return null;
    }
}
