using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

public sealed class LmtpTests
{
    private const string Greeting = "S: 220 lmtp\nC: LHLO example.test\nS: 250-hi\nS: 250-PIPELINING\nS: 250 8BITMIME\n";

    [Fact]
    public async Task Each_accepted_recipient_has_its_own_reply_behind_the_content()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "private"));
        await using var server = ScriptedServer.StartUnix(Path.Combine(folder.Path, "private/lmtp"), Greeting + """
            C: MAIL FROM:<joe@good.test>
            C: RCPT TO:<a@example.test>
            C: RCPT TO:<nobody@example.test>
            C: RCPT TO:<tiny@example.test>
            C: DATA
            S: 250 2.1.0 OK
            S: 250 2.1.5 OK
            S: 550 5.1.1 <nobody@example.test> User doesn't exist: nobody@example.test
            S: 250 2.1.5 OK
            S: 354 OK
            C: ...
            S: 250 2.0.0 <a@example.test> Saved
            S: 552 5.2.2 <tiny@example.test> Quota exceeded (mailbox for user is full)
            C: MAIL *
            C: RCPT *
            C: DATA
            S: 250 OK
            S: 250 OK
            S: 354 OK
            C: ...
            S: 250 2.0.0 Saved
            C: QUIT
            """);
        await using (var office = new Office(Office.Settings() with { QueueDirectory = folder.Path }))
        {
            var outcomes = await office.SendAsync(Post.Message(), "unix:private/lmtp", "lmtp", "a@example.test", "nobody@example.test", "tiny@example.test");
            Assert.Equal(["2.0.0", "5.1.1", "5.2.2"], outcomes.Select(o => o.Status.ToString()));
            Assert.Equal("example.test[private/lmtp]", outcomes[0].Relay);
            Assert.Equal("host example.test[private/lmtp] said: 550 5.1.1 <nobody@example.test> User doesn't exist: nobody@example.test (in reply to RCPT TO command)", outcomes[1].Text);
            Assert.Equal("host example.test[private/lmtp] said: 552 5.2.2 <tiny@example.test> Quota exceeded (mailbox for user is full) (in reply to end of DATA command)", outcomes[2].Text);
            Assert.False(outcomes[0].IsFinal);
            await office.SendAsync(Post.Message(), "unix:private/lmtp", "lmtp", "a@example.test");
        }
        await server.FinishAsync();
    }

    [Fact]
    public async Task Connection_lost_between_two_replies_defers_only_who_had_none()
    {
        await using var server = ScriptedServer.Start(Greeting + """
            C: MAIL *
            C: RCPT *
            C: RCPT *
            C: DATA
            S: 250 OK
            S: 250 OK
            S: 250 OK
            S: 354 OK
            C: ...
            S: 250 2.0.0 Saved
            CLOSE
            """);
        await using var office = new Office();
        var outcomes = await office.SendAsync(Post.Message(), $"inet:127.0.0.1:{server.Port}", "lmtp", "a@example.test", "b@example.test");
        Assert.Equal([DeliveryAction.Delivered, DeliveryAction.Deferred], outcomes.Select(o => o.Action));
    }

    [Fact]
    public async Task Missing_socket_is_a_deferral()
    {
        using var folder = new TemporaryFolder();
        await using var office = new Office(Office.Settings() with { QueueDirectory = folder.Path });
        var outcome = await office.SendAsync("unix:private/lmtp", "a@example.test", "lmtp");
        Assert.Equal((DeliveryAction.Deferred, "connect to example.test[private/lmtp]: No such file or directory"), (outcome.Action, outcome.Text));
    }
}
