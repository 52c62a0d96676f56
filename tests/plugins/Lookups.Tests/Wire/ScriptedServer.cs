using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Lookups.Tests.Wire;

/// <summary>A server on the loopback whose every connection is served by a script.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _talks = [];
    private readonly Task _accepting;
    private int _connections;

    public ScriptedServer(Func<NetworkStream, CancellationToken, Task> talk, int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync(talk);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        // Only then: a listener that was stopped between two clients can't even be asked.
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_talks);
        _end.Dispose();
    }

    private async Task AcceptAsync(Func<NetworkStream, CancellationToken, Task> talk)
    {
        try
        {
            while (true) _talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_end.Token), talk));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException) { }
    }

    private async Task TalkAsync(TcpClient client, Func<NetworkStream, CancellationToken, Task> talk)
    {
        Interlocked.Increment(ref _connections);
        using var ending = client;
        try
        {
            await talk(client.GetStream(), _end.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or InvalidDataException) { }
    }
}
