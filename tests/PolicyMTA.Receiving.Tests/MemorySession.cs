using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using PolicyMTA.Receiving.Listening;
using PolicyMTA.Receiving.Sessions;

namespace PolicyMTA.Receiving.Tests;

/// <summary>A session without a socket, so that a test decides which bytes arrive together: each piece is read before the next one is sent.</summary>
internal sealed class MemorySession : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly PipeOptions AtOnce = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);

    private readonly Pipe _toServer = new(AtOnce);
    private readonly Pipe _toClient = new(AtOnce);
    private readonly ReceivingServices _services;
    private readonly SmtpSession _session;
    private readonly Task _running;

    internal MemorySession(ReceivingServer server, string listener)
    {
        var context = new DefaultConnectionContext("memory", new Duplex(_toServer.Reader, _toClient.Writer), new Duplex(_toClient.Reader, _toServer.Writer))
        {
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 25),
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 40000),
        };
        var settings = server.Listener(listener);
        _services = server.Services();
        var state = new SessionState(_services, _services.Current.Lease(), settings, ConnectionFacts.Of(context, settings, "memory"));
        _session = new SmtpSession(_services, new SmtpConnection(context, _services.Time), state, CancellationToken.None);
        _running = RunAsync(state);
    }

    /// <summary>Sends the pieces and reads as many replies as that makes; fewer when the server closes.</summary>
    internal async Task<string> SendAsync(IEnumerable<byte[]> pieces, int replies)
    {
        foreach (var piece in pieces)
        {
            if (_running.IsCompleted) break;
            await _toServer.Writer.WriteAsync(piece);
            await UntilReadAsync();
        }
        return await ReadAsync(replies);
    }

    /// <summary>True once the server has closed.</summary>
    internal async Task<bool> EndsAsync() => await ReadAsync(1) == "" && _running.IsCompleted;

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _toClient.Reader.CompleteAsync();
        await _running.WaitAsync(Patience);
        await _services.Flushes.DisposeAsync();
    }

    private async Task RunAsync(SessionState state)
    {
        await _session.RunAsync();
        await _session.DisposeAsync();
    }

    private async Task UntilReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!_session.IsWaiting && !_running.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<string> ReadAsync(int replies)
    {
        using var patience = new CancellationTokenSource(Patience);
        var seen = new StringBuilder();
        while (replies > 0)
        {
            var result = await _toClient.Reader.ReadAsync(patience.Token);
            var buffer = result.Buffer;
            while (replies > 0 && buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(buffer.Slice(0, end)).TrimEnd('\r');
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                seen.Append(line).Append('\n');
                if (line.Length < 4 || line[3] != '-') replies--;
            }
            _toClient.Reader.AdvanceTo(buffer.Start, replies > 0 ? buffer.End : buffer.Start);
            if (result.IsCompleted) break;
        }
        return seen.ToString();
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
