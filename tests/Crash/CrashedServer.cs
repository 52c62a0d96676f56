using System.Globalization;
using PolicyMTA.EndToEnd;

namespace PolicyMTA.Crash;

/// <summary>A server between the load and its next hops, which is killed and started again.</summary>
internal sealed class CrashedServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5), Glance = TimeSpan.FromMilliseconds(200);

    private readonly RunningServer _server = RunningServer.Prepare();
    private readonly Sink _smtp, _lmtp;
    private int _life;

    internal CrashedServer()
    {
        _smtp = new Sink(Ledger, () => _life, isLmtp: false);
        _lmtp = new Sink(Ledger, () => _life, isLmtp: true);
    }

    internal Ledger Ledger { get; } = new();

    internal int Smtp => _server.Smtp;

    internal string QueueFolder => Path.Combine(_server.Root, "queue");

    /// <summary>Makes the folder and the configuration: next hops that answer in every way, short retries, a rule that holds.</summary>
    internal async Task SetUpAsync(string more = "")
    {
        await _server.StartAgainAsync();
        await _server.StopAsync();
        var file = Path.Combine(_server.Root, "policymta.toml");
        var settings = string.Create(CultureInfo.InvariantCulture, $$"""
            relay_domains = ["smtp.test", "lmtp.test"]
            transport_maps = "inline:{smtp.test=smtp:[127.0.0.1]:{{_smtp.Port}}, lmtp.test=lmtp:inet:127.0.0.1:{{_lmtp.Port}}}"
            minimal_backoff_time = "1s"
            maximal_backoff_time = "4s"
            notify_classes = []
            {{more}}

            """);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("mynetworks = ", settings + "mynetworks = ", StringComparison.Ordinal));
        await PolicyAsync("sender", "import { restrictions as r } from 'policymta';\n\nexport default [r.permit_mynetworks()];\n");
        await PolicyAsync("recipient", "import { hold } from 'policymta';\n\nfunction held({ recipient }) {\n  if (recipient.address.startsWith('hold')) return hold('for a while');\n}\n\nexport default [held];\n");
        Directory.Delete(QueueFolder, recursive: true);
        Directory.CreateDirectory(QueueFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    internal Task StartAsync()
    {
        _life++;
        return _server.StartAgainAsync();
    }

    /// <summary>Starts it and kills it after a time, ready or not.</summary>
    internal async Task StartAndKillAsync(TimeSpan after)
    {
        var starting = StartAsync();
        await Task.Delay(after, TimeProvider.System);
        await _server.KillAsync();
        try { await starting; }
        catch (InvalidOperationException) { } // it never said that it is ready
    }

    /// <summary>Next hops answer no message before that.</summary>
    internal void AnswerAfter(Task door) => _smtp.Door = _lmtp.Door = door;

    internal async Task UntilEmptyAsync()
    {
        var begun = TimeProvider.System.GetTimestamp();
        for (var listing = ""; listing != "the queue is empty\n"; await Task.Delay(Glance, TimeProvider.System))
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience) throw new TimeoutException($"the queue does not become empty:\n{listing[..Math.Min(listing.Length, 2000)]}");
            await _server.PolicymtaAsync("queue", "release", "--all");
            await _server.PolicymtaAsync("queue", "flush", "--all");
            listing = (await _server.PolicymtaAsync("queue", "list")).Output;
        }
    }

    internal Task KillAsync() => _server.KillAsync();

    /// <summary>How long its last start took.</summary>
    internal TimeSpan StartTime => _server.StartTime;

    /// <summary>Lets everything go out, stops it in good order, and counts.</summary>
    internal async Task<Account> DrainAsync()
    {
        await UntilEmptyAsync();
        Assert.Equal(0, await _server.StopAsync());
        ReadMailboxes();
        Ledger.ReadLog(File.ReadLines(Path.Combine(_server.Root, "log", "mail.log")));
        return Ledger.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _smtp.DisposeAsync();
        await _lmtp.DisposeAsync();
    }

    private Task PolicyAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_server.Root, "policies", name + ".js"), text);

    private void ReadMailboxes()
    {
        foreach (var user in (string[])["alice", "bob"])
        {
            var folder = Path.Combine(_server.Root, "mail", "example.test", user, "new");
            foreach (var file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : []) ReadMailbox(user + "@example.test", file);
        }
    }

    private void ReadMailbox(string recipient, string file)
    {
        var content = File.ReadAllText(file, System.Text.Encoding.Latin1).Replace("\n", "\r\n", StringComparison.Ordinal);
        if (content.AsSpan(0, Math.Max(0, content.IndexOf("\r\n\r\n", StringComparison.Ordinal))).Contains("multipart/report", StringComparison.Ordinal))
        {
            var (returned, recipients) = Letter.ReadReport(content);
            if (returned == 0 || recipients.Count == 0) Ledger.Torn($"report {file}");
            foreach (var refused in recipients) Ledger.Report(returned, refused);
            return;
        }
        var (number, isWhole) = Letter.Read(content);
        if (!isWhole) Ledger.Torn($"letter {number.ToString(CultureInfo.InvariantCulture)} in {file}");
        // The name of a file comes from queue id and recipient: a repeated delivery is the same file, so two copies are none of a crash.
        Ledger.Deliver(new Delivery(number, recipient, Life: 0, Receipt: null));
    }
}
