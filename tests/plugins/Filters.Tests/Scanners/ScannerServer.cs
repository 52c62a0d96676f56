using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Filters.Tests.Scanners;

/// <summary>
/// A scanner on loopback, or on a unix socket: reads until a request is whole, and answers as a test says. An answer that is null never comes; one that is empty closes the connection.
/// </summary>
internal sealed class ScannerServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Func<string, bool> _isWhole;
    private readonly Task _serving;

    internal ScannerServer(Func<string, string?> answer, Func<string, bool>? isWhole = null, string? path = null)
    {
        (Answer, _isWhole) = (answer, isWhole ?? HasContentLength);
        _listener = path is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(path is null ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        Place = path is null ? $"127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}" : $"unix:{path}";
        _serving = ServeAsync();
    }

    /// <summary>As the option <c>server</c> has it.</summary>
    internal string Place { get; }

    internal Func<string, string?> Answer { get; set; }

    /// <summary>What was asked, byte for byte.</summary>
    internal BlockingCollection<string> Heard { get; } = [];

    /// <summary>Holds answers back until it is set.</summary>
    internal TaskCompletionSource? Gate { get; set; }

    /// <summary>True for a head with a Content-Length, and as much behind it.</summary>
    internal static bool HasContentLength(string heard)
    {
        var end = heard.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        var line = heard[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));
        return line is null || heard.Length - end - 4 >= int.Parse(line["content-length:".Length..]);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _serving;
        _end.Dispose();
        Heard.Dispose();
    }

    private async Task ServeAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true) talks.Add(TalkAsync(await _listener.AcceptAsync(_end.Token)));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var heard = new StringBuilder();
            var buffer = new byte[64 * 1024];
            while (!_isWhole(heard.ToString()))
            {
                var count = await stream.ReadAsync(buffer, _end.Token);
                if (count == 0) return;
                heard.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
            Heard.Add(heard.ToString());
            if (Gate is { } gate) await gate.Task.WaitAsync(_end.Token);
            if (Answer(heard.ToString()) is { } answer) await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), _end.Token);
            else await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _end.Token);
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            // The test is over, or the milter left.
        }
    }
}
