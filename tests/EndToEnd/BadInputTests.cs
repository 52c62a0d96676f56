using System.Diagnostics;

namespace PolicyMTA.EndToEnd;

/// <summary>What an administrator gets wrong, and what a machine runs out of.</summary>
public sealed class BadInputTests
{
    private const int Megabyte = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_full_disk_refuses_for_now_loses_nothing_and_is_over_when_there_is_space()
    {
        await using var server = RunningServer.Prepare();
        await using var disk = await SmallDisk.OverAsync(server.Root, megabytes: 64);
        await server.StartAgainAsync();
        await server.ReconfigureAsync("myhostname = ", "queue_minfree = 16000000\nmyhostname = ");
        var taken = new List<string>();
        Assert.StartsWith("250 ", await SendAsync(server, "before", taken), StringComparison.Ordinal);
        // Less than what must stay free, and enough for what was taken to get to its mailbox.
        await disk.FillAsync(rest: 6 * Megabyte);
        var refusal = await UntilAsync(server, "full", "452 ", taken);
        Assert.StartsWith("452 4.3.1 ", refusal, StringComparison.Ordinal);
        Assert.StartsWith("452 4.3.1 ", await SendAsync(server, "full", taken), StringComparison.Ordinal);
        disk.Free();
        await UntilAsync(server, "after", "250 ", taken);
        Assert.Contains("after", taken);
        foreach (var subject in taken) await server.MailWithAsync("alice", $"Subject: {subject}\n");
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task A_read_only_folder_is_named_and_nothing_is_left_running()
    {
        await using var server = RunningServer.Prepare();
        await using var disk = await SmallDisk.OverAsync(server.Root, megabytes: 64);
        await server.StartAgainAsync();
        await server.StopAsync();
        await disk.MakeReadOnlyAsync();
        var result = await ServeAsync(server);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(server.Root, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite:sql/transport.cf", "dbpath = database/vmail.sqlite3\nquery = SELECT '%s'\n", "sql/transport\\.cf")]
    [InlineData("texthash:sql/transport", "x.test smtp:\n", "sql/transport")]
    public async Task A_missing_table_file_is_named(string table, string text, string named)
    {
        await using var server = await RunningServer.StartAsync();
        var file = Path.Combine(server.Root, table[(table.IndexOf(':') + 1)..]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, text.Replace("database/", server.Root + "/database/", StringComparison.Ordinal));
        await server.ReconfigureAsync("myhostname = ", $"transport_maps = \"{table}\"\nmyhostname = ");
        File.Delete(file);
        await RefusedAsync(server, named);
    }

    [Fact]
    public async Task A_dll_that_is_none_is_named()
    {
        await using var server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Root, "plugins", "Broken.dll"), "this is no assembly");
        await RefusedAsync(server, "Broken\\.dll");
    }

    [Theory]
    [InlineData("[unclosed")]
    [InlineData("key without a value")]
    [InlineData("text = \"no end")]
    public async Task Broken_toml_is_told_with_its_place(string line)
    {
        await using var server = await RunningServer.StartAsync();
        var file = Path.Combine(server.Root, "policymta.toml");
        var place = File.ReadAllLines(file).Length + 2;
        await File.AppendAllTextAsync(file, $"\n{line}\n");
        await RefusedAsync(server, $"policymta\\.toml:{place}:\\d+: ");
    }

    /// <summary>A reload refuses it and the old rules stay; a start refuses it too.</summary>
    private static async Task RefusedAsync(RunningServer server, string pattern)
    {
        var reload = await server.PolicymtaAsync("reload");
        Assert.Equal(1, reload.ExitCode);
        Assert.Matches(pattern, reload.Errors);
        var taken = new List<string>();
        Assert.StartsWith("250 ", await SendAsync(server, "still", taken), StringComparison.Ordinal);
        await server.StopAsync();
        var serve = await ServeAsync(server);
        Assert.Equal(1, serve.ExitCode);
        Assert.Matches(pattern, serve.Errors);
        Assert.DoesNotContain("   at ", reload.Errors + serve.Errors, StringComparison.Ordinal);
    }

    private static Task<CommandResult> ServeAsync(RunningServer server) =>
        Command.RunAsync(Path.Combine(Repository.Program, "policymta"), ["serve", "--config", Path.Combine(server.Root, "policymta.toml")]);

    /// <summary>Sends until the reply is of a kind; what was taken on the way counts.</summary>
    private static async Task<string> UntilAsync(RunningServer server, string subject, string start, List<string> taken)
    {
        var reply = "";
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System))
        {
            reply = await SendAsync(server, subject, taken);
            if (reply.StartsWith(start, StringComparison.Ordinal)) return reply;
        }
        throw new TimeoutException($"no reply began with {start}, the last was {reply}; the server said:\n{string.Join('\n', server.Output.TakeLast(20))}");
    }

    /// <summary>The first reply that is no leave to go on.</summary>
    private static async Task<string> SendAsync(RunningServer server, string subject, List<string> taken)
    {
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        var reply = "";
        foreach (var command in new[] { "EHLO client.test", "MAIL FROM:<joe@localhost>", "RCPT TO:<alice@example.test>", "DATA", $"Subject: {subject}\r\n\r\ntext\r\n." })
        {
            reply = await connection.AskAsync(command);
            if (reply[0] is not ('2' or '3')) return reply;
        }
        taken.Add(subject);
        return reply;
    }
}
