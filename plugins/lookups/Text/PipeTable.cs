using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Each table's result is the next one's key; the first that has none ends it (<c>pipemap:{…}</c>). The generation owns the tables.</summary>
internal sealed class PipeTable(IReadOnlyList<ILookupTable> tables) : ILookupTable
{
    /// <inheritdoc/>
    public bool AcceptsPartialKeys => tables.All(table => table.AcceptsPartialKeys);

    /// <inheritdoc/>
    public bool FoldsKeys => tables[0].FoldsKeys;

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        var result = LookupResult.Found(key);
        foreach (var table in tables)
        {
            if (result.Value is not { } next) break;
            result = await table.FindFoldedAsync(next, cancellationToken);
        }
        return result;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
