using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Plugins.Tests;

/// <summary>A database server of one test, on loopback, in a folder that goes with it. It can be killed and started again.</summary>
public abstract class DatabaseServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Process? _process;

    protected DatabaseServer()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    public int Port { get; }

    protected int ProcessId => _process!.Id;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("policymta-db-").FullName;

    /// <summary>Kills it as a crash would.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it; done when it answers.</summary>
    public async Task StartAgainAsync()
    {
        var (program, arguments) = Command();
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Nobody asks what it says; it must not wait for a reader either.
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var since = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            Assert.False(_process.HasExited, $"{program} ended: see {Folder}");
            Assert.True(since.Elapsed < Patience, $"{program} does not answer");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(Folder, recursive: true);
    }

    protected abstract (string Program, string[] Arguments) Command();

    protected abstract Task<bool> AnswersAsync();

    /// <summary>Skips the test where the program is not installed, or fails it where all peers are required.</summary>
    protected static string Require(string name, params string[] folders)
    {
        var paths = folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')).Append("/usr/sbin");
        if (paths.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } found) return found;
        if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail($"{name} is not installed");
        Assert.Skip($"{name} is not installed");
        return "";
    }

    protected static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {await output}{await errors}");
    }
}
