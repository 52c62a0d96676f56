namespace PolicyMTA.Receiving.Tests;

public sealed class ProbeSenderTests
{
    private static Task<ReceivingServer> StartAsync() => ReceivingServer.StartAsync(
        policies: new()
        {
            ["client.js"] = "import { reject } from 'policymta';\nexport default [() => reject('nobody')];",
            ["relay.js"] = "import { restrictions as r } from 'policymta'; export default [r.reject_unauth_destination()];",
        },
        generation: g => g with { IsProbeSender = (address, _) => address.Local == "double-bounce" });

    [Fact]
    public async Task Who_probes_the_sender_of_our_probes_is_told_yes_whatever_the_lists_say()
    {
        await using var server = await StartAsync();
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<double-bounce@other.test>
            S: 250 2.1.0 Ok
            C: RCPT TO:<alice@example.test>
            S: 554 5.7.1 *
            C: RCPT TO:<double-bounce@example.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<double-bounce@elsewhere.test>
            S: 554 5.7.1 *
            C: RSET
            S: 250 2.0.0 Ok
            """);
    }

    [Fact]
    public async Task What_is_sent_there_is_thrown_away()
    {
        await using var server = await StartAsync();
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<>
            S: 250 2.1.0 Ok
            C: RCPT TO:<double-bounce@example.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C: Subject: a bounce of a probe
            C:
            C: .
            S: 250 2.0.0 Ok: queued as *
            """);
        Assert.Empty(await server.QueuedAsync());
    }
}
