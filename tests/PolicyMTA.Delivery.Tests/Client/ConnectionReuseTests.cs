using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

public sealed class ConnectionReuseTests
{
    private const string Greeting = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 PIPELINING\n";
    private const string Transaction = "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";

    [Fact]
    public async Task Several_messages_go_over_one_connection()
    {
        await using var server = ScriptedServer.Start(Greeting + Transaction + Transaction + Transaction + "C: QUIT");
        await using (var office = new Office())
        {
            for (var i = 0; i < 3; i++) Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        }
        await server.FinishAsync();
    }

    [Fact]
    public async Task Kept_connection_that_died_is_replaced_unseen()
    {
        await using var server = ScriptedServer.Start(Greeting + Transaction + "CLOSE", Greeting + Transaction);
        await using var office = new Office();
        for (var i = 0; i < 2; i++) Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        await server.FinishAsync();
    }

    [Theory]
    [InlineData("C: MAIL *\nCLOSE")]
    [InlineData("C: MAIL *\nC: RCPT *\nC: DATA\nS: 421 4.4.2 timeout")]
    [InlineData("C: MAIL *\nC: RCPT *\nC: DATA\nS: 451 4.7.0 too many messages over this connection")]
    public async Task Kept_connection_that_fails_before_any_reply_is_replaced(string end)
    {
        await using var server = ScriptedServer.Start(Greeting + Transaction + end, Greeting + Transaction);
        await using var office = new Office();
        for (var i = 0; i < 2; i++) Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        await server.FinishAsync();
    }

    [Fact]
    public async Task Fresh_connection_that_puts_off_the_message_defers_it()
    {
        const string No = "C: MAIL *\nC: RCPT *\nC: DATA\nS: 451 4.7.1 not now\nS: 503 5.5.1 no\nS: 503 5.5.1 no\nC: *";
        await using var server = ScriptedServer.Start(Greeting + Transaction + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 451 4.7.0 not over this one", Greeting + No);
        await using var office = new Office();
        await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        Assert.Equal((DeliveryAction.Deferred, "4.7.1"), (outcome.Action, outcome.Status.ToString()));
    }

    [Fact]
    public async Task Kept_connection_that_fails_later_defers_the_message()
    {
        await using var server = ScriptedServer.Start(Greeting + Transaction + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nCLOSE");
        await using var office = new Office();
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        Assert.Equal("lost connection with 127.0.0.1[127.0.0.1] while sending RCPT TO", outcome.Text);
    }

    [Fact]
    public async Task Idle_connection_is_ended_with_quit_when_its_time_is_over()
    {
        await using var server = ScriptedServer.Start(Greeting + Transaction + "C: QUIT");
        await using var office = new Office();
        await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        var finished = server.FinishAsync();
        while (!finished.IsCompleted)
        {
            office.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await finished;
        Assert.Equal("QUIT", server.Heard[^1]);
    }

    [Fact]
    public async Task Nothing_is_kept_when_the_time_is_zero()
    {
        await using var server = ScriptedServer.Start(Greeting + Transaction + "C: QUIT", Greeting + Transaction + "C: QUIT");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { ConnectionCacheTime = TimeSpan.Zero } });
        for (var i = 0; i < 2; i++) await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        await server.FinishAsync();
    }
}
