namespace PolicyMTA.Authentication.Passwords;

/// <summary>Where passwords are hashed: on the thread pool, as many at once as there are processors, with a line that has an end.</summary>
internal sealed class HashingGate : IDisposable
{
    // With more logins than this in line the last would wait for longer than a client does.
    internal const int WaitingLimit = 500;

    private readonly SemaphoreSlim _hashing = new(Environment.ProcessorCount);
    private int _waiting;

    /// <summary>The work's result; null when too many are in line.</summary>
    internal async ValueTask<T?> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) where T : class
    {
        if (Interlocked.Increment(ref _waiting) > WaitingLimit)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }
        try
        {
            await _hashing.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        try
        {
            return await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            _hashing.Release();
        }
    }

    public void Dispose() => _hashing.Dispose();
}
