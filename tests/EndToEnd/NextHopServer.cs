using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.EndToEnd;

/// <summary>A next hop that takes all mail, each reply after a while.</summary>
internal sealed class NextHopServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly TimeSpan _perReply;
    private readonly Task _serving;

    public NextHopServer(TimeSpan perReply)
    {
        _perReply = perReply;
        _listener.Start(512);
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>When each recipient's message was taken.</summary>
    public ConcurrentDictionary<string, long> Taken { get; } = new(StringComparer.OrdinalIgnoreCase);

    private async Task ServeAsync()
    {
        try
        {
            while (true) _ = TalkAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (OperationCanceledException) { }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var ending = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            await SayAsync(stream, "220 hop.test ESMTP");
            var recipients = new List<string>();
            while (await reader.ReadLineAsync(_end.Token) is { } line)
            {
                if (line.StartsWith("RCPT TO:<", StringComparison.Ordinal)) recipients.Add(line[9..line.IndexOf('>', StringComparison.Ordinal)]);
                await SayAsync(stream, line switch { "DATA" => "354 go on", "QUIT" => "221 bye", _ => "250 2.0.0 ok" });
                if (line == "QUIT") return;
                if (line != "DATA") continue;
                while (await reader.ReadLineAsync(_end.Token) is { } text && text != ".") { }
                await SayAsync(stream, "250 2.0.0 taken");
                foreach (var recipient in recipients) Taken[recipient] = TimeProvider.System.GetTimestamp();
                recipients.Clear();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException) { }
    }

    private async Task SayAsync(NetworkStream stream, string reply)
    {
        if (_perReply > TimeSpan.Zero) await Task.Delay(_perReply, TimeProvider.System, _end.Token);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(reply + "\r\n"), _end.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
        _end.Dispose();
    }
}
