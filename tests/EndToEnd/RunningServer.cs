using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PolicyMTA.EndToEnd;

/// <summary>A quickstart as a process of its own, on free ports and in a folder that ends with it.</summary>
internal sealed partial class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ConcurrentQueue<string> _output = new();
    private readonly string _folder;
    private readonly string _program;
    private Process? _process;
    private Task _reading = Task.CompletedTask;

    private RunningServer(string folder, string program)
    {
        (_folder, _program) = (folder, program);
        Root = Path.Combine(folder, "root");
        var ports = FreePorts(3);
        (Smtp, Submission, Submissions) = (ports[0], ports[1], ports[2]);
    }

    public string Root { get; }
    public int Smtp { get; }
    public int Submission { get; }
    public int Submissions { get; }
    public int ProcessId => _process!.Id;
    /// <summary>From the start of the process to the line that says it answers.</summary>
    public TimeSpan StartTime { get; private set; }
    public IReadOnlyList<string> Output => [.. _output];

    /// <summary>Sets up a folder and serves it.</summary>
    public static async Task<RunningServer> StartAsync(string? program = null)
    {
        var server = new RunningServer(Directory.CreateTempSubdirectory("policymta-").FullName, program ?? Repository.Program);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Serves the folder once more after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        var watch = Stopwatch.StartNew();
        _process = Command.Start(Path.Combine(_program, "policymta"), QuickstartArguments());
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _output.Clear();
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput, ready), ReadAsync(_process.StandardError, ready));
        var first = await Task.WhenAny(ready.Task, _reading, Task.Delay(Patience, TimeProvider.System));
        StartTime = watch.Elapsed;
        if (first != ready.Task) throw new InvalidOperationException($"the server did not start:\n{string.Join('\n', _output)}");
    }

    public IEnumerable<string> QuickstartArguments() => ["quickstart", "--root", Root, "--smtp-port", $"{Smtp}", "--submission-port", $"{Submission}", "--submissions-port", $"{Submissions}"];

    /// <summary>Runs a subcommand against this server.</summary>
    public Task<CommandResult> PolicymtaAsync(params IEnumerable<string> arguments) => Command.RunAsync(Path.Combine(_program, "policymta"), [.. arguments, "--config", Path.Combine(Root, "policymta.toml")]);

    public async Task<JsonElement> PolicymtaJsonAsync(params IEnumerable<string> arguments)
    {
        var result = await PolicymtaAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        using var json = JsonDocument.Parse(result.Output);
        return json.RootElement.Clone();
    }

    /// <summary>Changes the configuration and puts it in force.</summary>
    public async Task ReconfigureAsync(string old, string replacement)
    {
        var file = Path.Combine(Root, "policymta.toml");
        var text = await File.ReadAllTextAsync(file);
        Assert.Contains(old, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(old, replacement, StringComparison.Ordinal));
        var result = await PolicymtaAsync("reload");
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    public string Password(string user) => File.ReadLines(Path.Combine(Root, "passwords")).Single(line => line.StartsWith(user + "@", StringComparison.Ordinal)).Split(' ')[2];

    /// <summary>The messages in a mailbox, once there are as many.</summary>
    public Task<IReadOnlyList<string>> MailAsync(string user, int count = 1) => MailAsync(user, mail => mail.Count >= count);

    /// <summary>The messages in a mailbox, once one holds a text.</summary>
    public async Task<string> MailWithAsync(string user, string text) =>
        (await MailAsync(user, mail => mail.Any(message => message.Contains(text, StringComparison.Ordinal)))).First(message => message.Contains(text, StringComparison.Ordinal));

    private async Task<IReadOnlyList<string>> MailAsync(string user, Func<IReadOnlyList<string>, bool> isEnough)
    {
        var folder = Path.Combine(Root, "mail", "example.test", user, "new");
        IReadOnlyList<string> mail = [];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System))
        {
            mail = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(File.ReadAllText)] : [];
            if (isEnough(mail)) return mail;
        }
        throw new TimeoutException($"{user} has {mail.Count} messages, and not those expected; the server said:\n{string.Join('\n', _output)}");
    }

    /// <summary>Waits for a line of the log in which all parts stand.</summary>
    public Task SaysAsync(params string[] parts) => Eventually.SaysAsync(() => string.Join('\n', _output), parts);

    /// <summary>Ends it as an administrator does; the exit code.</summary>
    public Task<int> StopAsync() => SignalAsync(Terminate);

    /// <summary>Ends it as Ctrl-C does; the exit code.</summary>
    public Task<int> InterruptAsync() => SignalAsync(Interrupt);

    /// <summary>Ends it as a crash does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    private async Task<int> SignalAsync(int signal)
    {
        Assert.Equal(0, Kill(ProcessId, signal));
        using var patience = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(patience.Token);
        await _reading;
        return _process.ExitCode;
    }

    private async Task ReadAsync(StreamReader reader, TaskCompletionSource ready)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _output.Enqueue(line);
            if (line.StartsWith("Ready.", StringComparison.Ordinal)) ready.TrySetResult();
        }
    }

    public static List<int> FreePorts(int count)
    {
        var ports = new List<int>();
        while (ports.Count < count)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            // Never the same again: what one test left in a log or a pool must not be another's.
            lock (Given) if (Given.Add(port)) ports.Add(port);
        }
        return ports;
    }

    private static readonly HashSet<int> Given = [];

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private const int Interrupt = 2;
    private const int Terminate = 15;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
