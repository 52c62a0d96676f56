namespace PolicyMTA.EndToEnd;

public sealed class QueueTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    private RunningServer Server => quickstart.Server;

    [Fact]
    public async Task A_message_is_listed_held_shown_released_and_deleted()
    {
        Command.Require("swaks");
        var sent = await Swaks.RunAsync(Server.Submission, [.. Swaks.Login(Server, "alice"), "--from", "alice@example.test", "--to", "someone@elsewhere.test", "--header", "Subject: waits"]);
        var id = sent.Replies(underTls: true).Single(reply => reply.Contains("queued as", StringComparison.Ordinal)).Split(' ')[^1];

        Assert.Contains(id, (await Server.PolicymtaAsync("queue", "list")).Output, StringComparison.Ordinal);
        await UntilAsync(async () => (await Server.PolicymtaAsync("queue", "hold", id)).ExitCode == 0);
        Assert.Equal("held", (await Server.PolicymtaJsonAsync("queue", "show", id)).GetProperty("recipients")[0].GetProperty("state").GetString());
        Assert.Contains("Subject: waits", (await Server.PolicymtaAsync("queue", "show", id)).Output, StringComparison.Ordinal);
        Assert.Contains(id + "!", (await Server.PolicymtaAsync("mailq")).Output, StringComparison.Ordinal);
        Assert.Equal("1 message released\n", (await Server.PolicymtaAsync("queue", "release", id)).Output);
        await UntilAsync(async () => (await Server.PolicymtaAsync("queue", "delete", id)).ExitCode == 0);
        Assert.Equal(1, (await Server.PolicymtaAsync("queue", "show", id)).ExitCode);
    }

    [Fact]
    public async Task Deleting_everything_must_be_said() => Assert.Equal(1, (await Server.PolicymtaAsync("queue", "delete")).ExitCode);

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
