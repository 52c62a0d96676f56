using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

/// <summary>What of MAIL and RCPT reaches the queue.</summary>
public sealed class EnvelopeTests
{
    private static string Send(string mail, string rcpt) => $"""
        S: 220 *
        C: EHLO client.example
        S: ...
        C! MAIL FROM:{mail}\r\n
        S: 250 2.1.0 Ok
        C! RCPT TO:{rcpt}\r\n
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 *
        C! Subject: hi\r\n\r\n.\r\n
        S: 250 2.0.0 Ok: queued as *
        """;

    private static async Task<(QueueEntry Entry, string Content)> QueueAsync(string script, string listener = "smtp", Func<SmtpServiceSettings, SmtpServiceSettings>? change = null)
    {
        await using var server = await ReceivingServer.StartAsync(change);
        await server.PlayAsync(script, listener);
        var entry = Assert.Single(await server.QueuedAsync());
        return (entry, await server.ContentAsync(entry));
    }

    [Fact]
    public async Task An_address_without_a_domain_is_whole_in_the_queue_and_as_given_in_the_trace()
    {
        var (entry, content) = await QueueAsync(Send("<joe>", "<alice>"));
        Assert.Equal("joe@example.test", entry.Sender.ToString());
        Assert.Equal("alice@example.test", Assert.Single(entry.Recipients).Address.ToString());
        Assert.Contains("\tfor <alice>;", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_null_sender_stays_null() => Assert.True((await QueueAsync(Send("<>", "<alice@example.test>"))).Entry.Sender.IsNull);

    [Fact]
    public async Task Dsn_parameters_are_kept()
    {
        var (entry, _) = await QueueAsync(Send("<joe@good.test> RET=HDRS ENVID=QQ+2B1 BODY=8BITMIME", "<alice@example.test> NOTIFY=SUCCESS,DELAY ORCPT=utf-8;\\x{E4}lice@example.test"));
        Assert.Equal((Ret.Headers, "QQ+1", BodyType.EightBitMime), (entry.Mail.Ret, entry.Mail.EnvelopeId, entry.Mail.Body));
        Assert.Equal((Notify.Success | Notify.Delay, "utf-8;älice@example.test"), (entry.Recipients[0].Parameters.Notify, entry.Recipients[0].Parameters.OriginalRecipient));
    }

    [Fact]
    public async Task An_international_domain_is_queued_by_its_ascii_form()
    {
        var (entry, _) = await QueueAsync(Send(@"<joe@m\xc3\xbcller.example> SMTPUTF8", @"<carol@B\xc3\xbccher.example>"));
        Assert.True(entry.Mail.SmtpUtf8);
        Assert.Equal(("joe@xn--mller-kva.example", "carol@xn--bcher-kva.example"), (entry.Sender.ToString(), entry.Recipients[0].Address.ToString()));
    }

    [Fact]
    public async Task Requiretls_is_kept()
    {
        var (entry, _) = await QueueAsync(Send("<joe@good.test> REQUIRETLS", "<alice@example.test>"), "submissions", s => s with { RequireTlsEnabled = true });
        Assert.True(entry.Mail.RequireTls);
    }

    [Theory]
    [InlineData("127.0.0.1", "dsn, silent-discard", 0)]
    [InlineData("192.0.2.1", "dsn", 1)]
    public async Task Keywords_are_discarded_by_client(string listed, string keywords, int offered)
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { DiscardedEhloKeywords = new HashSet<string> { "CHUNKING" } },
            generation: g => g with { DiscardedEhloKeywordMaps = [new FakeTable { [listed] = keywords }] });
        await server.PlayAsync("S: 220 *\nC: EHLO client.example\nS: 250-mx.example.test\nS: 250-PIPELINING\nS: 250-SIZE 20000\nS: 250-ETRN\nS: 250-STARTTLS\nS: 250-ENHANCEDSTATUSCODES\nS: 250-8BITMIME\n"
            + (offered == 1 ? "S: 250-DSN\nS: 250 SMTPUTF8" : "S: 250-SMTPUTF8\nS: 250 CHUNKING"));
    }

    [Fact]
    public async Task Where_the_disk_is_nearly_full_mail_is_put_off()
    {
        await using var server = await ReceivingServer.StartAsync();
        server.Queue.Apply(new QueueSettings { Folder = "", MinFree = long.MaxValue / 2 });
        await server.PlayAsync("S: 220 *\nC: EHLO client.example\nS: ...\nC: MAIL FROM:<joe@good.test>\nS: 452 4.3.1 Insufficient system storage\nC: MAIL FROM:<joe@good.test> SIZE=1\nS: 452 4.3.1 Insufficient system storage");
    }

    [Fact]
    public async Task A_postmaster_of_ours_without_a_domain_is_taken_whatever_the_lists_say()
    {
        var policies = new Dictionary<string, string>(Rules.Default) { ["recipient.js"] = "import { reject } from 'policymta'; export default [() => reject('nobody')];" };
        await using var server = await ReceivingServer.StartAsync(policies: policies);
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<joe@good.test>
            S: 250 2.1.0 Ok
            C: RCPT TO:<postmaster@example.test>
            S: 554 5.7.1 <postmaster@example.test>: Recipient address rejected: nobody
            C: RCPT TO:<alice>
            S: 554 5.7.1 <alice>: Recipient address rejected: nobody
            C: RCPT TO:<PostMaster>
            S: 250 2.1.5 Ok
            """);
    }

    [Fact]
    public async Task Rules_see_the_whole_address()
    {
        var policies = new Dictionary<string, string>(Rules.Default) { ["recipient.js"] = "import { reject } from 'policymta'; export default [({ recipient, sender }) => reject(`${sender.address} ${recipient.address}`)];" };
        await using var server = await ReceivingServer.StartAsync(policies: policies);
        await server.PlayAsync("S: 220 *\nC: EHLO client.example\nS: ...\nC: MAIL FROM:<joe>\nS: 250 *\nC: RCPT TO:<alice>\nS: 554 5.7.1 <alice>: Recipient address rejected: joe@example.test alice@example.test");
    }
}
