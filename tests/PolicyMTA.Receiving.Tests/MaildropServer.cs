using System.Text;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>A maildrop folder and the server that picks up from it.</summary>
internal sealed class MaildropServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private Maildrop? _maildrop;

    internal ReceivingServer Receiving { get; private set; } = null!;
    internal LogLines Log { get; } = new();
    internal string Folder => _folder.File("maildrop");

    internal static async Task<MaildropServer> PrepareAsync(string? policy = null, Func<LocalSubmissionSettings, LocalSubmissionSettings>? change = null, bool holds = true, PolicyMTA.Policy.IDecisionRecorder? recorder = null)
    {
        var server = new MaildropServer();
        var policies = policy is null ? Rules.Default : new Dictionary<string, string>(Rules.Default) { ["local_submission.js"] = policy };
        var settings = new LocalSubmissionSettings { HostName = "mx.example.test", MessageSizeLimit = 20_000 };
        server.Receiving = await ReceivingServer.StartAsync(policies: policies, holds: holds, recorder: recorder, generation: generation => generation with { Submission = change?.Invoke(settings) ?? settings });
        // A server makes it at its start; here drops may come before that.
        Directory.CreateDirectory(server.Folder);
        return server;
    }

    internal static async Task<MaildropServer> StartAsync(string? policy = null, Func<LocalSubmissionSettings, LocalSubmissionSettings>? change = null)
    {
        var server = await PrepareAsync(policy, change);
        await server.RunAsync();
        return server;
    }

    internal async Task RunAsync()
    {
        _maildrop = await Maildrop.OpenAsync(Receiving.Current, Receiving.Queue, Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, TimeProvider.System, Log);
        _maildrop.Start();
    }

    internal async Task SubmitAsync(string content, string sender = "anna@example.test", params string[] recipients) =>
        await SubmitAsync(Encoding.UTF8.GetBytes(content), new SubmittedEnvelope { Sender = sender, Recipients = recipients.Length == 0 ? ["alice@example.test"] : recipients });

    internal async Task SubmitAsync(byte[] content, SubmittedEnvelope envelope)
    {
        await using var drop = DropWriter.Create(Folder, TimeProvider.System);
        await drop.WriteAsync(content, default);
        await drop.FinishAsync(envelope, default);
    }

    /// <summary>The bytes of a drop, to be spoilt.</summary>
    internal async Task<byte[]> DropAsync(string content = "Subject: x\n\nbody\n")
    {
        using var elsewhere = new TemporaryFolder();
        await using (var drop = DropWriter.Create(elsewhere.Path, TimeProvider.System))
        {
            await drop.WriteAsync(Encoding.UTF8.GetBytes(content), default);
            await drop.FinishAsync(new SubmittedEnvelope { Sender = "anna@example.test", Recipients = ["alice@example.test"] }, default);
        }
        return await File.ReadAllBytesAsync(Directory.GetFiles(elsewhere.Path).Single());
    }

    internal void Put(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path + ".tmp", bytes);
        File.Move(path + ".tmp", path, overwrite: true);
    }

    internal IReadOnlyList<string> SetAside => Directory.Exists(Path.Combine(Folder, "aside")) ? Directory.GetFileSystemEntries(Path.Combine(Folder, "aside")) : [];

    internal IReadOnlyList<string> Taken => Directory.GetFiles(Path.Combine(Folder, "taken"));

    /// <summary>Waits until nothing is left to pick up.</summary>
    internal async Task UntilPickedUpAsync() => await UntilAsync(() => Task.FromResult(Directory.GetFileSystemEntries(Folder, "drop-*").Length == 0 && Taken.Count == 0));

    internal async Task<(QueueEntry Entry, string Content)> QueuedAsync()
    {
        await UntilAsync(async () => (await Receiving.QueuedAsync()).Count > 0);
        var entry = Assert.Single(await Receiving.QueuedAsync());
        return (entry, await Receiving.ContentAsync(entry));
    }

    internal async Task UntilAsync(Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"it never happened; the log says:\n{Log.Text}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>Ends the picking up, as a crash between two steps would.</summary>
    internal async Task StopAsync()
    {
        if (_maildrop is not null) await _maildrop.DisposeAsync();
        _maildrop = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Receiving.DisposeAsync();
        _folder.Dispose();
    }
}
