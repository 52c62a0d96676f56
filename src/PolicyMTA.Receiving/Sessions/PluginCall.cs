using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>
/// Calls of the session into tables and authenticators, which plugins provide: they get a limited time, and whatever else goes wrong in them is a temporary
/// failure, so that the client is answered.
/// </summary>
internal static class PluginCall
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <exception cref="TemporaryFailureException">It took too long or threw.</exception>
    internal static async ValueTask<T> WithinAsync<T>(ValueTask<T> call, TimeProvider time, CancellationToken cancellationToken)
    {
        if (call.IsCompletedSuccessfully) return call.Result;
        try
        {
            return await call.AsTask().WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception failure) when (failure is not TemporaryFailureException && !cancellationToken.IsCancellationRequested)
        {
            throw new TemporaryFailureException(failure is TimeoutException ? $"no answer within {Patience.TotalSeconds} s" : failure.GetType().Name, failure);
        }
    }
}
