using System.Net.Sockets;
using System.Text;

namespace PolicyMTA.Authentication.Tests.Dovecot;

/// <summary>An auth service on a unix socket that answers each line as a test says; null for nothing, an empty text to hang up.</summary>
internal sealed class FakeDovecot : IAsyncDisposable
{
    internal const string Hello = "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tSCRAM-SHA-1\tdictionary\tactive\tmutual-auth\nMECH\tDOVECOT-TOKEN\tprivate\nMECH\tANONYMOUS\tanonymous\nSPID\t1\nCUID\t1\nCOOKIE\tab\nDONE\n";

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _serving = [];
    private readonly List<Socket> _sockets = [];
    private readonly Func<string, string?> _answer;
    private readonly string _hello;

    internal FakeDovecot(string path, Func<string, string?> answer, string hello = Hello)
    {
        (_answer, _hello) = (answer, hello);
        File.Delete(path);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _serving.Add(AcceptAsync());
    }

    /// <summary>All lines that came, over all connections.</summary>
    internal List<string> Lines { get; } = [];

    internal int Connections { get; private set; }

    /// <summary>Closes what is open; new connections are taken.</summary>
    internal void HangUp()
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets) socket.Dispose();
            _sockets.Clear();
        }
    }

    /// <summary>Says something that nobody asked for.</summary>
    internal void Say(string text)
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets) socket.Send(Encoding.UTF8.GetBytes(text));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        HangUp();
        await Task.WhenAll(_serving);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_end.Token);
                lock (_sockets) _sockets.Add(socket);
                Connections++;
                _serving.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(_hello));
            while (await reader.ReadLineAsync(_end.Token) is { } line)
            {
                lock (Lines) Lines.Add(line);
                if (line.StartsWith("VERSION", StringComparison.Ordinal) || line.StartsWith("CPID", StringComparison.Ordinal)) continue;
                if (_answer(line) is not { } answer) continue;
                if (answer.Length == 0) break;
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\n"));
            }
            socket.Dispose();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or SocketException)
        {
        }
    }
}
