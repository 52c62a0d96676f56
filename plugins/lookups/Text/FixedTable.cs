using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Keys and values written in the configuration itself (<c>inline:</c>).</summary>
internal sealed class FixedTable(IReadOnlyDictionary<string, string> values) : ILookupTable
{
    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        ValueTask.FromResult(values.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None);

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyValuePair<string, string>>? List(CancellationToken cancellationToken) => values.ToAsyncEnumerable();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
