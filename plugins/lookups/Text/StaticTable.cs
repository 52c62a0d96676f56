using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>Says the same for every key (<c>static:</c>, <c>fail:</c>).</summary>
internal sealed class StaticTable(LookupResult result) : ILookupTable
{
    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => ValueTask.FromResult(result);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
