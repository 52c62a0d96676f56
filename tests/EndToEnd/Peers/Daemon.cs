using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>A real server in the foreground, with a folder of its own; ended with its children.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string[]> _reading;
    private readonly string _folder;
    private bool _isDisposed;

    private Daemon(Process process, string folder)
    {
        (_process, _folder) = (process, folder);
        _reading = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <summary>Starts it, and waits until it answers where it shall.</summary>
    public static async Task<Daemon> StartAsync(string folder, EndPoint listens, string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var daemon = new Daemon(Process.Start(start)!, folder);
        for (var patience = 1200; !await AnswersAsync(listens); patience--)
        {
            if (patience == 0 || daemon._process.HasExited)
            {
                daemon._process.Kill(entireProcessTree: true);
                throw new InvalidOperationException($"{program} does not answer: {string.Join('\n', await daemon._reading)}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return; // a test may end it early
        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        await _reading;
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<bool> AnswersAsync(EndPoint listens)
    {
        using var socket = new Socket(listens.AddressFamily, SocketType.Stream, listens is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(listens);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
