namespace PolicyMTA.EndToEnd;

public sealed class QueueTests
{
    [Fact]
    public async Task A_message_is_listed_held_shown_released_and_deleted()
    {
        Command.Require("swaks");
        await using var server = await RunningServer.StartAsync();
        // Nobody listens there: the message waits.
        await server.ReconfigureAsync("myhostname = ", $"relayhost = \"[127.0.0.1]:{RunningServer.FreePorts(1)[0]}\"\nmyhostname = ");
        var sent = await Swaks.RunAsync(server.Submission, [.. Swaks.Login(server, "alice"), "--from", "alice@example.test", "--to", "someone@elsewhere.test", "--header", "Subject: waits"]);
        var id = sent.Replies(underTls: true).Single(reply => reply.Contains("queued as", StringComparison.Ordinal)).Split(' ')[^1];

        Assert.Contains(id, (await server.PolicymtaAsync("queue", "list")).Output, StringComparison.Ordinal);
        await UntilAsync(async () => (await server.PolicymtaAsync("queue", "hold", id)).ExitCode == 0);
        Assert.Equal("held", (await server.PolicymtaJsonAsync("queue", "show", id)).GetProperty("recipients")[0].GetProperty("state").GetString());
        Assert.Contains("Subject: waits", (await server.PolicymtaAsync("queue", "show", id)).Output, StringComparison.Ordinal);
        Assert.Contains(id + "!", (await server.PolicymtaAsync("mailq")).Output, StringComparison.Ordinal);
        Assert.Equal("1 message released\n", (await server.PolicymtaAsync("queue", "release", id)).Output);
        await UntilAsync(async () => (await server.PolicymtaAsync("queue", "delete", id)).ExitCode == 0);
        Assert.Equal(1, (await server.PolicymtaAsync("queue", "show", id)).ExitCode);
    }

    [Fact]
    public async Task Deleting_everything_must_be_said()
    {
        await using var server = await RunningServer.StartAsync();
        var result = await server.PolicymtaAsync("queue", "delete");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("ids, a filter, or all", result.Errors, StringComparison.Ordinal);
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
