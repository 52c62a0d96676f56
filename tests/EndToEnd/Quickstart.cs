namespace PolicyMTA.EndToEnd;

/// <summary>A server that the tests of a class share.</summary>
public sealed class Quickstart : IAsyncLifetime
{
    internal RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
