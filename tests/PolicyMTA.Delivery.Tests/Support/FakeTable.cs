using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>A table in memory; the value <c>!</c> is a temporary failure.</summary>
internal sealed class FakeTable(params (string Key, string Value)[] entries) : ILookupTable
{
    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        foreach (var (candidate, value) in entries)
        {
            if (candidate == key) return new(value == "!" ? LookupResult.Failed("broken") : LookupResult.Found(value));
        }
        return new(LookupResult.None);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
