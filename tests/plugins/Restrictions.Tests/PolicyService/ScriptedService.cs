using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Restrictions.Tests.PolicyService;

/// <summary>A policy service that answers as a test says and keeps what it heard. An answer of null closes the connection; <see cref="Silent"/> never comes.</summary>
internal sealed class ScriptedService : IAsyncDisposable
{
    internal const string Silent = "silent";

    private readonly Socket _listener;
    private readonly Func<int, string?> _answer;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _talks = [];
    private readonly Task _serving;
    private int _connections;
    private int _questions;

    /// <param name="answer">The bytes of the answer to the n-th question, counted from 1.</param>
    /// <param name="path">A unix socket; null for a port of loopback.</param>
    internal ScriptedService(Func<int, string?> answer, string? path = null)
    {
        _answer = answer;
        _listener = path is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(path is null ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _serving = ServeAsync();
    }

    internal string Name => $"inet:127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    internal int Connections => Volatile.Read(ref _connections);

    internal ConcurrentQueue<string> Heard { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
        await Task.WhenAll(_talks);
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true) _talks.Add(TalkAsync(await _listener.AcceptAsync(_end.Token)));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException) { }
    }

    private async Task TalkAsync(Socket client)
    {
        Interlocked.Increment(ref _connections);
        using var stream = new NetworkStream(client, ownsSocket: true);
        try
        {
            while (await ReadAsync(stream) is { } question)
            {
                Heard.Enqueue(question);
                if (_answer(Interlocked.Increment(ref _questions)) is not { } answer) return;
                if (answer == Silent) await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, TimeProvider.System, _end.Token);
                await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), _end.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException) { }
    }

    private async Task<string?> ReadAsync(NetworkStream stream)
    {
        var text = new List<byte>();
        var buffer = new byte[1];
        while (text.Count < 2 || text[^1] != '\n' || text[^2] != '\n')
        {
            if (await stream.ReadAsync(buffer, _end.Token) == 0) return null;
            text.Add(buffer[0]);
        }
        return Encoding.UTF8.GetString([.. text]);
    }
}
