namespace PolicyMTA.Sdk;

/// <summary>Small numbers that outlive sessions: rates, greylists, reputations. Process-lived, outside generations.</summary>
/// <remarks>Called by many sessions at once. A broken backend throws <see cref="TemporaryFailureException"/>.</remarks>
public interface ICounterStore : IAsyncDisposable
{
    /// <summary>The value; 0 when there is none or it has expired.</summary>
    ValueTask<long> GetAsync(string key, CancellationToken cancellationToken);
    /// <summary>Adds atomically and gives the sum. <paramref name="timeToLive"/> is set only when the counter is new.</summary>
    ValueTask<long> AddAsync(string key, long amount, TimeSpan? timeToLive, CancellationToken cancellationToken);
    /// <summary>Sets the value and, when given, its time to live.</summary>
    ValueTask SetAsync(string key, long value, TimeSpan? timeToLive, CancellationToken cancellationToken);
}
