using PolicyMTA.Metrics;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tables;

/// <summary>A plugin's table that counts what it is asked. What answers at once costs two increments; the time is taken of what makes its caller wait.</summary>
internal sealed class MeasuredTable(ILookupTable table, TableCounters counters, TimeProvider time) : ILookupTable
{
    /// <inheritdoc/>
    public bool AcceptsPartialKeys => table.AcceptsPartialKeys;

    /// <inheritdoc/>
    public bool FoldsKeys => table.FoldsKeys;

    /// <inheritdoc/>
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var asking = table.FindAsync(key, cancellationToken);
        if (!asking.IsCompletedSuccessfully) return AwaitAsync(asking, started);
        var result = asking.Result;
        counters.Count(result);
        return new ValueTask<LookupResult>(result);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyValuePair<string, string>>? List(CancellationToken cancellationToken) => table.List(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => table.DisposeAsync();

    private async ValueTask<LookupResult> AwaitAsync(ValueTask<LookupResult> asking, long started)
    {
        var result = await asking;
        counters.Count(result);
        counters.Took(time.GetElapsedTime(started));
        return result;
    }
}
