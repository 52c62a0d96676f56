using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Another table of the generation under a further name; disposing this one leaves that one alone.</summary>
internal sealed class BorrowedTable(ILookupTable table) : ILookupTable
{
    /// <inheritdoc/>
    public bool AcceptsPartialKeys => table.AcceptsPartialKeys;

    /// <inheritdoc/>
    public bool FoldsKeys => table.FoldsKeys;

    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => table.FindAsync(key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyValuePair<string, string>>? List(CancellationToken cancellationToken) => table.List(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
