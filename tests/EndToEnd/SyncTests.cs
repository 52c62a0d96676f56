using System.Text.RegularExpressions;

namespace PolicyMTA.EndToEnd;

/// <summary>What the system is asked for, and in which order: a 250 is a promise that survives the power.</summary>
public sealed partial class SyncTests
{
    private const string Calls = "fsync,fdatasync,write,pwrite64,pwritev,writev,sendto,sendmsg";

    [Fact]
    public async Task Every_message_is_synced_before_its_250()
    {
        var calls = await TraceAsync(server => Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            for (var n = 0; n < 5; n++) await SendAsync(server, $"small {client} {n}", "text");
        })));

        var replies = Replies(calls);
        Assert.Equal(40, replies.Count);
        Assert.All(replies, reply =>
        {
            // The row holds the queue id; whatever frame brought it to the log must be synced before the reply begins.
            var written = Array.FindIndex(calls, 0, reply.Line, call => IsWrite(call, "-wal>") && call.Contains(reply.Id, StringComparison.Ordinal));
            Assert.True(written >= 0, $"{reply.Id} was not in the log of the queue when it was acknowledged");
            Assert.InRange(FindSync(calls, written, "-wal>"), written + 1, reply.Line - 1);
        });
    }

    [Fact]
    public async Task Spool_file_and_its_folder_are_synced_before_the_row_and_the_row_before_the_250()
    {
        var calls = await TraceAsync(async server =>
        {
            for (var n = 0; n < 3; n++) await SendAsync(server, $"large {n}", string.Concat(Enumerable.Repeat("A line of a message that has many.\r\n", 6000)));
        });

        var replies = Replies(calls);
        Assert.Equal(3, replies.Count);
        var begun = 0;
        foreach (var reply in replies)
        {
            var last = Array.FindLastIndex(calls, reply.Line, reply.Line - begun, call => IsWrite(call, "") && SpoolFile().IsMatch(call));
            Assert.True(last >= 0, "no write to the spool was seen");
            var file = SpoolFile().Match(calls[last]);
            var fileSynced = FindSync(calls, last, file.Value);
            Assert.InRange(fileSynced, last + 1, reply.Line - 1);
            var folderSynced = FindSync(calls, last, file.Groups[1].Value + ">");
            var row = Array.FindIndex(calls, begun, reply.Line - begun, call => IsWrite(call, "-wal>") && call.Contains(reply.Id, StringComparison.Ordinal));
            Assert.InRange(row, Math.Max(fileSynced, folderSynced) + 1, reply.Line - 1);
            Assert.InRange(folderSynced, last + 1, row - 1);
            Assert.InRange(FindSync(calls, row, "-wal>"), row + 1, reply.Line - 1);
            begun = reply.Line;
        }
    }

    private static async Task<string[]> TraceAsync(Func<RunningServer, Task> load)
    {
        Command.Require("strace");
        await using var server = await RunningServer.StartAsync();
        // The first message of a process may do more than the later ones.
        await SendAsync(server, "warm", "text");
        await server.MailWithAsync("alice", "Subject: warm");
        var trace = Path.Combine(server.Root, "trace");
        using var strace = Command.Start("strace", ["-f", "-y", "-s", "5000", "-e", "trace=" + Calls, "-o", trace, "-p", $"{server.ProcessId}"]);
        if (await strace.StandardError.ReadLineAsync() is not { } attached || !attached.Contains("attached", StringComparison.Ordinal)) Assert.Skip("strace may not trace here");
        // It says so for the first thread; a thread that it has not reached yet would be missing.
        var errors = strace.StandardError.ReadToEndAsync();
        await SendAsync(server, "seen", "text");
        await server.MailWithAsync("alice", "Subject: seen");
        await load(server);
        await server.StopAsync();
        await strace.WaitForExitAsync();
        await errors;
        return [.. (await File.ReadAllLinesAsync(trace)).SkipWhile(call => !(call.Contains("250 2.0.0 Ok: queued as", StringComparison.Ordinal) && IsSocket(call))).Skip(1)];
    }

    private static List<(int Line, string Id)> Replies(string[] calls)
    {
        var replies = new List<(int, string)>();
        for (var i = 0; i < calls.Length; i++)
        {
            if (IsSocket(calls[i]) && Queued().Match(calls[i]) is { Success: true } queued) replies.Add((i, queued.Groups[1].Value));
        }
        return replies;
    }

    private static bool IsSocket(string call) => call.Contains("<socket:", StringComparison.Ordinal) || call.Contains("<TCP:", StringComparison.Ordinal);

    private static bool IsWrite(string call, string file) => call.Contains("write", StringComparison.Ordinal) && call.Contains(file, StringComparison.Ordinal) && !call.Contains("resumed>", StringComparison.Ordinal);

    /// <summary>Where the first sync of a file that began after a line has ended.</summary>
    private static int FindSync(string[] calls, int after, string file)
    {
        for (var i = after + 1; i < calls.Length; i++)
        {
            if (!(calls[i].Contains("sync(", StringComparison.Ordinal) && calls[i].Contains(file, StringComparison.Ordinal))) continue;
            if (calls[i].Contains("= 0", StringComparison.Ordinal)) return i;
            var thread = calls[i].Split(' ')[0];
            return Array.FindIndex(calls, i, call => call.StartsWith(thread + " ", StringComparison.Ordinal) && call.Contains("sync resumed", StringComparison.Ordinal) && call.Contains("= 0", StringComparison.Ordinal));
        }
        return -1;
    }

    private static async Task SendAsync(RunningServer server, string subject, string text)
    {
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        await connection.ExpectAsync("EHLO client.test", "250");
        Assert.StartsWith("250 2.0.0 ", await connection.SendAsync("joe@localhost", "alice@example.test", $"Subject: {subject}\r\n\r\n{text}"), StringComparison.Ordinal);
    }

    [GeneratedRegex("250 2\\.0\\.0 Ok: queued as (\\w+)")]
    private static partial Regex Queued();

    [GeneratedRegex("(/spool/[0-9a-f]{2})/[0-9a-f]+>")]
    private static partial Regex SpoolFile();
}
