using System.Text.Json;

namespace PolicyMTA.EndToEnd;

/// <summary>postqueue, postsuper, postcat and their superset on mail that can't be delivered.</summary>
public sealed class PostsuperTests
{
    [Fact]
    public async Task Queue_is_listed_held_released_requeued_returned_and_deleted()
    {
        await using var server = await RunningServer.StartAsync();
        await server.ReconfigureAsync("myhostname = ", $"relayhost = \"[127.0.0.1]:{RunningServer.FreePorts(1)[0]}\"\nmyhostname = ");
        using var programs = new LegacyPrograms(server);
        for (var i = 0; i < 3; i++) Assert.Equal(0, (await programs.RunAsync("sendmail", ["-f", "alice@example.test", $"user{i}@elsewhere.test"], $"Subject: number {i}\n\nbody {i}\n")).ExitCode);
        var ids = await IdsAsync(programs, count: 3, reason: "refused");

        var mailq = (await programs.RunAsync("mailq", [])).Output;
        Assert.StartsWith("----Queue ID-----", mailq, StringComparison.Ordinal);
        Assert.EndsWith("in 3 Requests.\n", mailq, StringComparison.Ordinal);
        Assert.Equal(mailq, (await programs.RunAsync("sendmail", ["-bp"])).Output);

        var cat = (await programs.RunAsync("postcat", ["-q", ids[0]])).Output;
        Assert.Contains("sender: alice@example.test\nrecipient: user0@elsewhere.test\n*** MESSAGE CONTENTS", cat, StringComparison.Ordinal);
        Assert.Equal("body 0\n", (await programs.RunAsync("postcat", ["-b", "-q", ids[0]])).Output);
        Assert.EndsWith("\n\n", (await programs.RunAsync("postcat", ["-hq", ids[0]])).Output, StringComparison.Ordinal);

        Assert.EndsWith("postsuper: Placed on hold: 2 messages\n", (await programs.RunAsync("postsuper", ["-h", "-"], $"{ids[0]}\n{ids[1]}\nnonsense\n")).Errors, StringComparison.Ordinal);
        Assert.Contains($"{ids[0]}!", (await programs.RunAsync("mailq", [])).Output, StringComparison.Ordinal);
        Assert.Equal("postsuper: Released from hold: 2 messages\n", (await programs.RunAsync("postsuper", ["-H", "ALL", "hold"])).Errors);
        Assert.Equal("", (await programs.RunAsync("postsuper", ["-d", ids[0], "hold"])).Errors);

        await UntilAsync(async () => (await programs.RunAsync("postsuper", ["-r", ids[2]])).Errors.Contains("Requeued: 1 message", StringComparison.Ordinal));
        Assert.Contains("no such message", (await programs.RunAsync("postcat", ["-q", ids[2]])).Errors, StringComparison.Ordinal);
        ids = await IdsAsync(programs, count: 3, reason: "");

        Assert.Contains("3 messages deleted, if this were no dry run", (await server.PolicymtaAsync("queue", "delete", "--domain", "elsewhere.test", "--dry-run")).Output, StringComparison.Ordinal);
        await UntilAsync(async () => (await server.PolicymtaAsync("queue", "bounce", "--queue-id", ids[0], "--reason", "we are closing")).Output == "1 message returned\n");
        var report = await server.MailWithAsync("alice", "we are closing");
        Assert.Contains("Status: 5.4.7", report, StringComparison.Ordinal);

        Assert.Equal("2\n", string.Concat((await server.PolicymtaAsync("queue", "sql", "SELECT count(*) AS n FROM messages")).Lines.Skip(1).Select(line => line.Length > 0 ? line + "\n" : "")));
        Assert.Equal(1, (await server.PolicymtaAsync("queue", "sql", "DELETE FROM recipients")).ExitCode);
        Assert.Contains("smtp:[127.0.0.1]:", (await server.PolicymtaAsync("queue", "top", "--once")).Output, StringComparison.Ordinal);
        Assert.Contains("2 messages up to 5m old", (await server.PolicymtaAsync("queue", "stats")).Output, StringComparison.Ordinal);
        await UntilAsync(async () =>
        {
            await programs.RunAsync("postsuper", ["-d", "ALL"]);
            return (await programs.RunAsync("mailq", [])).Output == "Mail queue is empty\n";
        });
    }

    private static async Task<List<string>> IdsAsync(LegacyPrograms programs, int count, string reason)
    {
        List<string> ids = [];
        await UntilAsync(async () =>
        {
            var lines = (await programs.RunAsync("postqueue", ["-j"])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
            ids = [.. lines.Where(line => line.ToString().Contains(reason, StringComparison.Ordinal)).Select(line => line.GetProperty("queue_id").GetString()!)];
            return ids.Count == count;
        });
        return ids;
    }

    // An attempt that is under way may have to end before the queue lets a person touch its recipients.
    private static async Task UntilAsync(Func<Task<bool>> isDone)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            if (await isDone()) return;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        Assert.Fail("it never came true");
    }
}
