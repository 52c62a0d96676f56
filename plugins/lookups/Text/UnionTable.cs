using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>The results of all tables that have the key, joined by commas (<c>unionmap:{…}</c>). The generation owns the tables.</summary>
internal sealed class UnionTable(IReadOnlyList<ILookupTable> tables) : ILookupTable
{
    /// <inheritdoc/>
    public bool AcceptsPartialKeys => tables.All(table => table.AcceptsPartialKeys);

    /// <inheritdoc/>
    public bool FoldsKeys => tables.All(table => table.FoldsKeys);

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        var values = new List<string>();
        foreach (var table in tables)
        {
            var result = await table.FindFoldedAsync(key, cancellationToken);
            if (result.IsFailure) return result;
            if (result.Value is { } value) values.Add(value);
        }
        return values.Count == 0 ? LookupResult.None : LookupResult.Found(string.Join(',', values));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
