using System.Diagnostics;
using System.Globalization;

namespace PolicyMTA.EndToEnd;

/// <summary>Sessions of a running server are recorded, and other policies are held against them.</summary>
public sealed class RecordingTests : IAsyncLifetime
{
    // .ci/nightly asks for ten thousand.
    private static readonly int Sessions = int.TryParse(Environment.GetEnvironmentVariable("POLICYMTA_SESSIONS"), CultureInfo.InvariantCulture, out var given) ? given : 400;

    private const string Recipient = """
        import { reject, defer, prepend, restrictions as r } from 'policymta';
        async function grey({ greylist, client, sender, recipient }) {
          if (sender.local === 'grey' && (await greylist(`${client.network} ${sender.address} ${recipient.address}`, { delay: '1h' })).wait) return defer('greylisted');
        }
        async function rate({ rate, sender }) { if ((await rate(sender.address, '40/h')).over) return defer('slow down'); }
        function chance({ random }) { if (random() < 0.1) return reject('bad luck'); }
        function later() { return prepend(`X-Minute: ${new Date().toISOString().slice(0, 16)}`); }
        export default [grey, rate, chance, later, r.reject_unknown_sender_domain()];
        """;

    private const string EndOfData = """
        import { reject, hold } from 'policymta';
        export default [
          function words({ message }) { if (message.text().includes('casino')) return reject('no casino'); },
          function tag({ message }) { message.add_header('X-Seen', String(message.size)); if (message.header('Subject')?.includes('hold')) return hold('look'); },
        ];
        """;

    private RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        await WriteAsync("recipient.js", Recipient.Replace(", r.reject_unknown_sender_domain()", "", StringComparison.Ordinal));
        await WriteAsync("end_of_data.js", EndOfData);
        // Refusals are answered at once: many sessions have one.
        var configuration = Path.Combine(_server.Root, "policymta.toml");
        await File.WriteAllTextAsync(configuration, "smtpd_error_sleep_time = 0\nsmtpd_client_connection_count_limit = 0\n" + await File.ReadAllTextAsync(configuration));
        var reload = await _server.PolicymtaAsync("reload");
        Assert.True(reload.ExitCode == 0, reload.Errors);
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_was_recorded_is_decided_the_same_and_a_changed_rule_is_seen()
    {
        var file = Path.Combine(_server.Root, "sessions.jsonl");
        var started = Stopwatch.GetTimestamp();
        using var recording = Command.Start(Path.Combine(Repository.Program, "policymta"), ["record", file, "--sessions", $"{Sessions}", "--config", Path.Combine(_server.Root, "policymta.toml")]);
        // A session that began before the recording is not part of it.
        while (!File.Exists(file) || new FileInfo(file).Length < 100) await PlayAsync(0);
        var random = new Random(1);
        var played = 0;
        while (!recording.HasExited && played < 2 * Sessions)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PlayAsync(random.Next(1000))));
            played += 8;
        }
        await recording.WaitForExitAsync(TestContext.Current.CancellationToken);
        var told = await recording.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal($"{Sessions} sessions recorded", told.Trim());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var took = Stopwatch.GetElapsedTime(started);

        started = Stopwatch.GetTimestamp();
        var same = await ReplayAsync(file);
        Assert.True(same.ExitCode == 0, same.Output + same.Errors);
        Assert.Matches($"^{Sessions} sessions, [0-9]+ questions: nothing would be decided differently\n$", same.Output);
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"{Sessions} sessions, {new FileInfo(file).Length >> 10} KiB, recorded in {took.TotalSeconds:0.0} s, replayed in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s; {same.Output.Trim()}"));

        // The file may be cut off anywhere in its last line.
        await File.AppendAllTextAsync(file, "{\"id\":\"cut", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await ReplayAsync(file)).ExitCode);

        var others = Directory.CreateDirectory(Path.Combine(_server.Root, "others")).FullName;
        foreach (var policy in Directory.EnumerateFiles(Path.Combine(_server.Root, "policies"), "*.js")) File.Copy(policy, Path.Combine(others, Path.GetFileName(policy)));
        await File.WriteAllTextAsync(Path.Combine(others, "end_of_data.js"), EndOfData.Replace("casino", "lottery", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var other = await ReplayAsync(file, "--policies", others);
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("sessions would be decided differently", other.Output, StringComparison.Ordinal);
        Assert.Contains("was    554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: no casino  [words end_of_data.js:3]", other.Output, StringComparison.Ordinal);
        var lines = other.Lines.ToList();
        var rules = lines[(lines.FindIndex(l => l.Contains("would be decided differently", StringComparison.Ordinal)) + 1)..].Where(l => l.Length > 0).Select(l => l.Trim()[(l.Trim().IndexOf(' ', StringComparison.Ordinal) + 2)..]).Order(StringComparer.Ordinal).ToList();
        // The word was met with a subject and without; nothing else makes a difference.
        Assert.Equal(["words end_of_data.js:3 -> no rule", "words end_of_data.js:3 -> tag end_of_data.js:4"], rules);

        await File.AppendAllTextAsync(file, "\"}\n", TestContext.Current.CancellationToken);
        var damaged = await ReplayAsync(file);
        Assert.Equal(2, damaged.ExitCode);
        Assert.Contains($"{file}:{Sessions + 2}: this is no session", damaged.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_ends_with_its_time_and_leaves_nothing_where_nothing_came()
    {
        var file = Path.Combine(_server.Root, "none.jsonl");
        var none = await _server.PolicymtaAsync("record", file, "--for", "1s");
        Assert.Equal((0, "0 sessions recorded"), (none.ExitCode, none.Output.Trim()));
        Assert.False(File.Exists(file));
        await File.WriteAllTextAsync(file, "mine", TestContext.Current.CancellationToken);
        var taken = await _server.PolicymtaAsync("record", file, "--for", "1s");
        Assert.Equal(1, taken.ExitCode);
        Assert.Equal("mine", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var foreign = await ReplayAsync(file);
        Assert.Equal(2, foreign.ExitCode);
        Assert.Contains("none.jsonl:1: this is no recording", foreign.Errors, StringComparison.Ordinal);
    }

    private Task<CommandResult> ReplayAsync(string file, params string[] more) => Command.RunAsync(
        Path.Combine(Repository.Program, "policymta"), ["replay", file, .. more, "--config", Path.Combine(_server.Root, "policymta.toml")], patienceFor: TimeSpan.FromMinutes(5));

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_server.Root, "policies", name), text, TestContext.Current.CancellationToken);

    /// <summary>A session of some kind; what it is answered is the server's business.</summary>
    private async Task PlayAsync(int kind)
    {
        try
        {
            await using var connection = await SmtpConnection.OpenAsync(_server.Smtp);
            await connection.AskAsync(kind % 5 == 0 ? "HELO client.test" : $"EHLO c{kind % 7}.test");
            if (kind % 11 == 0) await connection.AskAsync("VRFY alice@example.test");
            for (var transaction = 0; transaction <= kind % 3; transaction++)
            {
                await connection.AskAsync($"MAIL FROM:<{(kind % 4 == 0 ? "grey" : "joe")}@c{kind % 13}.test>{(kind % 2 == 0 ? "" : " SIZE=1000")}");
                await connection.AskAsync("RCPT TO:<alice@example.test>");
                if (kind % 6 == 1) await connection.AskAsync("RCPT TO:<nobody@example.test>");
                if (kind % 6 == 2) await connection.AskAsync("RCPT TO:<x@elsewhere.test>");
                if ((await connection.AskAsync("DATA")).StartsWith("354", StringComparison.Ordinal))
                    await connection.AskAsync($"Subject: {(kind % 8 == 3 ? "hold" : "hi")} {kind}\r\n\r\n{(kind % 10 == 7 ? "casino" : "body")}\r\n.");
                if (kind % 9 == 4) await connection.AskAsync("RSET");
            }
            if (kind % 3 > 0) await connection.AskAsync("QUIT");
        }
        catch (IOException)
        {
            // Refused in the middle.
        }
    }
}
