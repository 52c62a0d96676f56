using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Shadow;

/// <summary>Rates, greylists and counters of the shadow set: in the same store, under names that no other policy can reach.</summary>
internal sealed class ShadowCounters(ICounterStore store) : ICounterStore
{
    // The names of policies begin with what they are for: rate:, grey:, counter:, distinct:.
    private const string Prefix = "shadow:";

    /// <inheritdoc/>
    public ValueTask<long> GetAsync(string key, CancellationToken cancellationToken) => store.GetAsync(Prefix + key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> AddAsync(string key, long amount, TimeSpan? timeToLive, CancellationToken cancellationToken) => store.AddAsync(Prefix + key, amount, timeToLive, cancellationToken);

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, long value, TimeSpan? timeToLive, CancellationToken cancellationToken) => store.SetAsync(Prefix + key, value, timeToLive, cancellationToken);

    /// <summary>The store is not ours.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
