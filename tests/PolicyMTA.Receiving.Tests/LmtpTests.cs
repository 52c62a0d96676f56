using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

public sealed class LmtpTests
{
    private const string Envelope = """
        S: 220 *
        C: LHLO client.example
        S: 250-mx.example.test
        S: ...
        C: MAIL FROM:<joe@client.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<alice@example.test>
        S: 250 2.1.5 Ok
        C: RCPT TO:<bob@example.test>
        S: 250 2.1.5 Ok
        C: RCPT TO:<sales@example.test>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 *
        C! Subject: hi\r\n\r\n.\r\n

        """;

    private static Dictionary<string, string> Rules(string perRecipient) => new(Receiving.Tests.Rules.Default)
    {
        ["end_of_data.js"] = $"import {{ per_recipient, reject, defer }} from 'policymta'; export default [per_recipient(async ({{ recipient }}) => {perRecipient})];",
    };

    [Fact]
    public async Task Each_recipient_hears_its_own_verdict_and_only_the_taken_ones_are_queued()
    {
        await using var server = await ReceivingServer.StartAsync(policies: Rules("""
            recipient.local === 'alice' ? reject('not for alice', { code: 552, status: '5.2.2' }) : recipient.local === 'bob' ? defer('bob must wait') : undefined
            """));
        await server.PlayAsync(Envelope + """
            S: 552 5.2.2 *not for alice
            S: 450 4.7.1 *bob must wait
            S: 250 2.0.0 Ok: queued as *
            C: NOOP
            S: 250 2.0.0 Ok
            """, "lmtp");
        var entry = Assert.Single(await server.QueuedAsync());
        Assert.All(entry.Recipients, r => Assert.Equal("sales@example.test", r.Original?.ToString()));
        Assert.StartsWith("Received: from client.example", await server.ContentAsync(entry), StringComparison.Ordinal);
        Assert.Contains(" with LMTP id ", await server.ContentAsync(entry), StringComparison.Ordinal);
        Assert.Contains("\tfor <sales@example.test>;", await server.ContentAsync(entry), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_all_are_refused_nothing_is_queued()
    {
        await using var server = await ReceivingServer.StartAsync(policies: Rules("reject(recipient.local)"));
        await server.PlayAsync(Envelope + "S: 554 5.7.1 *alice\nS: 554 5.7.1 *bob\nS: 554 5.7.1 *sales\nC: NOOP\nS: 250 2.0.0 Ok", "lmtp");
        Assert.Empty(await server.QueuedAsync());
    }

    [Fact]
    public async Task Over_smtp_one_reply_stays_one()
    {
        await using var server = await ReceivingServer.StartAsync(policies: Rules("recipient.local === 'alice' ? reject('no') : undefined"));
        await server.PlayAsync(Envelope.Replace("LHLO", "EHLO", StringComparison.Ordinal) + "S: 250 2.0.0 Ok: queued as *\nC: NOOP\nS: 250 2.0.0 Ok");
        var entry = Assert.Single(await server.QueuedAsync());
        Assert.Equal(RecipientState.Held, entry.Recipients.Single(r => r.Address.Local == "alice" && r.Original is null).State);
    }
}
