using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Text;

/// <summary>One of its values by chance, whatever the key (<c>randmap:{…}</c>); a value given twice comes twice as often.</summary>
internal sealed class RandomTable(IReadOnlyList<string> values) : ILookupTable
{
    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => ValueTask.FromResult(LookupResult.Found(values[Random.Shared.Next(values.Count)]));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
