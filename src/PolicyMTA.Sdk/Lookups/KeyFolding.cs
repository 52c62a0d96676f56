using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>How keys are folded before a table that ignores case is asked, and how such a table folds the keys of its text. Thread-safe.</summary>
public static class KeyFolding
{
    /// <summary>The key without its case: a final sigma is a sigma, as where Postfix folds with Unicode's rules.</summary>
    public static string Fold(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Ascii.IsValid(key) ? key.ToLowerInvariant() : key.ToUpperInvariant().ToLowerInvariant();
    }

    /// <summary>Asks a table, for a key folded if the table wants it so.</summary>
    /// <inheritdoc cref="ILookupTable.FindAsync"/>
    public static ValueTask<LookupResult> FindFoldedAsync(this ILookupTable table, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.FindAsync(table.FoldsKeys ? Fold(key) : key, cancellationToken);
    }
}
