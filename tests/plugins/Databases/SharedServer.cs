namespace PolicyMTA.Plugins.Tests;

/// <summary>A server for all tests of a class, which run one after the other; started by the first that wants it.</summary>
public sealed class SharedServer<T> : IAsyncDisposable where T : IAsyncDisposable
{
    private Task<T>? _started;

    internal Task<T> GetAsync(Func<Task<T>> start) => _started ??= start();

    public async ValueTask DisposeAsync()
    {
        if (_started is { IsCompletedSuccessfully: true } server) await (await server).DisposeAsync();
    }
}
