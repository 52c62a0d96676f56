namespace PolicyMTA.EndToEnd;

/// <summary>What the system is asked for, and in which order.</summary>
public sealed class SyncTests
{
    [Fact]
    public async Task A_message_is_synced_before_its_250()
    {
        Command.Require("strace");
        await using var server = await RunningServer.StartAsync();
        // The first message of a process may do more than the later ones.
        await SendAsync(server, "warm");
        await server.MailWithAsync("alice", "Subject: warm");
        var trace = Path.Combine(server.Root, "trace");
        using var strace = Command.Start("strace", ["-f", "-y", "-s", "120", "-e", "trace=fsync,fdatasync,write,pwrite64,writev,sendto,sendmsg", "-o", trace, "-p", $"{server.ProcessId}"]);
        if (await strace.StandardError.ReadLineAsync() is not { } attached || !attached.Contains("attached", StringComparison.Ordinal))
        {
            Assert.Skip("strace may not trace here");
            return;
        }
        await SendAsync(server, "traced");
        await server.MailWithAsync("alice", "Subject: traced");
        await server.StopAsync();
        await strace.WaitForExitAsync();

        var calls = await File.ReadAllLinesAsync(trace);
        var replied = Array.FindIndex(calls, call => call.Contains("250 2.0.0 Ok: queued as", StringComparison.Ordinal) && call.Contains("socket:", StringComparison.Ordinal) | call.Contains("TCP:", StringComparison.Ordinal));
        Assert.True(replied > 0, "the reply was not seen");
        var written = Array.FindLastIndex(calls, replied, call => call.Contains("write", StringComparison.Ordinal) && call.Contains("-wal>", StringComparison.Ordinal));
        Assert.True(written > 0, "no write to the log of the queue was seen before the reply");
        Assert.InRange(FindSync(calls, written), written, replied - 1);
    }

    /// <summary>Where the first sync of a write-ahead log that began after a line has ended.</summary>
    private static int FindSync(string[] calls, int after)
    {
        for (var i = after + 1; i < calls.Length; i++)
        {
            if (!(calls[i].Contains("sync(", StringComparison.Ordinal) && calls[i].Contains("-wal>", StringComparison.Ordinal))) continue;
            if (calls[i].Contains("= 0", StringComparison.Ordinal)) return i;
            var thread = calls[i].Split(' ')[0];
            return Array.FindIndex(calls, i, call => call.StartsWith(thread + " ", StringComparison.Ordinal) && call.Contains("sync resumed", StringComparison.Ordinal) && call.Contains("= 0", StringComparison.Ordinal));
        }
        return -1;
    }

    private static async Task SendAsync(RunningServer server, string subject)
    {
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        await connection.ExpectAsync("EHLO client.test", "250");
        Assert.StartsWith("250 2.0.0 ", await connection.SendAsync("joe@localhost", "alice@example.test", $"Subject: {subject}\r\n\r\ntext"), StringComparison.Ordinal);
    }
}
