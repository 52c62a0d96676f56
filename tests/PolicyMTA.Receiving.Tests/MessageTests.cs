using System.Globalization;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

public sealed class MessageTests
{
    private static string Send(string data, string recipient = "alice@example.test", string parameters = "") => $"""
        S: 220 *
        C: EHLO client.example
        S: ...
        C: MAIL FROM:<joe@client.example>{parameters}
        S: 250 2.1.0 Ok
        C: RCPT TO:<{recipient}>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 End data with <CR><LF>.<CR><LF>
        C! {data}
        """;

    [Fact]
    public async Task What_was_acknowledged_is_in_the_queue_with_its_received_field()
    {
        await using var server = await ReceivingServer.StartAsync();
        await server.PlayAsync(Send(@"Subject: hi\r\n\r\none\r\n..two\r\n.\r\n") + "\nS: 250 2.0.0 Ok: queued as *\nC: QUIT\nS: 221 2.0.0 Bye\nEOF");
        var entry = Assert.Single(await server.QueuedAsync());
        var expected = $"Received: from client.example (unknown [127.0.0.1])\r\n\tby mx.example.test (PolicyMTA) with ESMTP id {entry.Id}\r\n"
            + "\tfor <alice@example.test>; Mon, 5 Jan 2026 12:00:00 +0000 (UTC)\r\nSubject: hi\r\n\r\none\r\n.two\r\n";
        Assert.Equal(expected, await server.ContentAsync(entry));
        Assert.Equal("joe@client.example", entry.Sender.ToString());
    }

    [Theory]
    [InlineData(@"text\r\n", "\r\ntext\r\n")]
    [InlineData(@" text\r\nSubject: x\r\n", "\r\n text\r\nSubject: x\r\n")]
    [InlineData(@"Subject: x\r\ntext\r\n", "Subject: x\r\n\r\ntext\r\n")]
    [InlineData(@"Subject: x\r\n", "Subject: x\r\n\r\n")]
    [InlineData("", "\r\n")]
    [InlineData(@"\r\ntext\r\n", "\r\ntext\r\n")]
    [InlineData(@"From joe Mon Jan  5\r\n>>From: no\r\n\r\ntext\r\n", "X-Mailbox-Line: From joe Mon Jan  5\r\n>>From: no\r\n\r\ntext\r\n")]
    [InlineData(@">From joe\r\nFrom ann\r\nSubject: x\r\n\r\n", "X-Mailbox-Line: >From joe\r\nX-Mailbox-Line: From ann\r\nSubject: x\r\n\r\n")]
    public async Task Our_fields_never_run_into_the_text(string sent, string kept)
    {
        await using var server = await ReceivingServer.StartAsync();
        await server.PlayAsync(Send(sent + @".\r\n") + "\nS: 250 2.0.0 *");
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        Assert.EndsWith("(UTC)\r\n" + kept, content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Field_that_a_rule_puts_on_top_stays_though_its_recipient_is_refused()
    {
        await using var server = await ReceivingServer.StartAsync(policies: new() { ["recipient.js"] = "import { prepend, reject } from 'policymta';\nexport default [({ recipient }) => recipient.local === 'bob' ? [prepend('X-Once: yes'), reject()] : undefined];" });
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<joe@client.example>
            S: 250 2.1.0 Ok
            C: RCPT TO:<bob@example.test>
            S: 554 5.7.1 *
            C: RCPT TO:<alice@example.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C! Subject: hi\r\n\r\none\r\n.\r\n
            S: 250 2.0.0 *
            """);
        Assert.StartsWith("X-Once: yes\r\n", await server.ContentAsync(Assert.Single(await server.QueuedAsync())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_line_hides_no_hops()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { HopCountLimit = 1 });
        await server.PlayAsync(Send(@"From joe\r\nReceived: 1\r\nReceived: 2\r\n\r\n.\r\n") + "\nS: 554 5.4.0 *");
    }

    [Theory]
    [InlineData(true, "alice@example.test< alice@example.test<sales@example.test bob@example.test<sales@example.test")]
    [InlineData(false, "alice@example.test<sales@example.test bob@example.test<sales@example.test")]
    public async Task An_alias_becomes_its_recipients_and_each_is_there_once_for_each_way(bool keepsOriginals, string expected)
    {
        await using var server = await ReceivingServer.StartAsync(generation: generation => generation with { Cleanup = new CleanupSettings { KeepsOriginalRecipients = keepsOriginals } });
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C! MAIL FROM:<joe@client.example> RET=HDRS ENVID=QQ1\r\nRCPT TO:<sales@example.test> NOTIFY=SUCCESS,DELAY\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n
            S: 250 2.1.0 Ok
            S: 250 2.1.5 Ok
            S: 250 2.1.5 Ok
            S: 354 *
            C! Subject: hi\r\n\r\n.\r\n
            S: 250 2.0.0 Ok: queued as *
            """);
        var entry = Assert.Single(await server.QueuedAsync());
        Assert.Equal(expected, string.Join(' ', entry.Recipients.Select(r => $"{r.Address}<{r.Original}").Order(StringComparer.Ordinal)));
        Assert.All(entry.Recipients.Where(r => r.Original is not null), r => Assert.Equal(Notify.Success | Notify.Delay, r.Parameters.Notify));
    }

    [Fact]
    public async Task A_loop_of_aliases_is_refused_and_nothing_is_queued()
    {
        await using var server = await ReceivingServer.StartAsync();
        await server.PlayAsync(Send(@"Subject: hi\r\n\r\n.\r\n", "loop@example.test") + "\nS: 451 4.6.0 Alias expansion error");
        Assert.Empty(await server.QueuedAsync());
    }

    [Theory]
    [InlineData(19_980, "250 2.0.0 Ok: queued as *", 1)]
    [InlineData(20_001, "552 5.3.4 Error: message file too big", 0)]
    public async Task The_size_limit_holds_while_streaming(int size, string reply, int queued)
    {
        await using var server = await ReceivingServer.StartAsync();
        var body = string.Concat(Enumerable.Repeat(@"0123456789012345678901234567890123456789\r\n", size / 42));
        await server.PlayAsync(Send(@"Subject: x\r\n\r\n" + body + @"\r\n.\r\n") + $"\nS: {reply}\nC: NOOP\nS: 250 2.0.0 Ok");
        Assert.Equal(queued, (await server.QueuedAsync()).Count);
    }

    [Theory]
    [InlineData(50, "250 2.0.0 Ok: queued as *")]
    [InlineData(51, "554 5.4.0 Error: too many hops")]
    public async Task A_message_that_went_round_too_often_is_refused(int hops, string reply)
    {
        await using var server = await ReceivingServer.StartAsync();
        var trace = string.Concat(Enumerable.Repeat(@"Received: from a by b\r\n", hops));
        await server.PlayAsync(Send(trace + @"\r\nx\r\n.\r\n") + $"\nS: {reply}");
    }

    [Fact]
    public async Task A_smuggled_end_of_data_ends_nothing()
    {
        await using var server = await ReceivingServer.StartAsync();
        await server.PlayAsync(Send(@"Subject: x\r\n\r\none\n.\nMAIL FROM:<smuggled@client.example>\r\n.\r\n") + "\nS: 250 2.0.0 Ok: queued as *\nC: NOOP\nS: 250 2.0.0 Ok");
        Assert.Single(await server.QueuedAsync());
    }

    [Fact]
    public async Task Chunks_become_one_message()
    {
        await using var server = await ReceivingServer.StartAsync();
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C: MAIL FROM:<joe@client.example>
            S: 250 2.1.0 Ok
            C: RCPT TO:<alice@example.test>
            S: 250 2.1.5 Ok
            C! BDAT 12\r\nSubject: hi\r
            S: 250 2.0.0 Ok: 12 bytes
            C: DATA
            S: 503 5.5.1 Error: DATA after BDAT
            C: RCPT TO:<bob@example.test>
            S: 503 5.5.1 Error: RCPT after BDAT
            C! BDAT 9 LAST\r\n\n\r\n.one\r\n
            S: 250 2.0.0 Ok: 21 bytes queued as *
            """);
        var entry = Assert.Single(await server.QueuedAsync());
        Assert.EndsWith("Subject: hi\r\n\r\n.one\r\n", await server.ContentAsync(entry), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_chunk_is_read_all_the_same()
    {
        await using var server = await ReceivingServer.StartAsync();
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C! BDAT 6 LAST\r\nNOOP\r\n
            S: 503 5.5.1 Error: need RCPT command
            C: NOOP
            S: 250 2.0.0 Ok
            """);
    }

    [Fact]
    public async Task A_message_larger_than_memory_goes_through_a_spool_file()
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { MessageSizeLimit = 0 });
        var body = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"line {i.ToString("D6", CultureInfo.InvariantCulture)} of a long message" + @"\r\n"));
        await server.PlayAsync(Send(@"Subject: long\r\n\r\n" + body + @".\r\n") + "\nS: 250 2.0.0 Ok: queued as *");
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        Assert.EndsWith("Subject: long\r\n\r\n" + body.Replace(@"\r\n", "\r\n", StringComparison.Ordinal), content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policies_may_change_the_header_section_at_end_of_data()
    {
        var policies = new Dictionary<string, string>(Rules.Default)
        {
            ["end_of_data.js"] = "export default function mark({ message }) { message.remove_header('X-Old'); message.add_header('X-New', message.header('Subject')); }",
        };
        await using var server = await ReceivingServer.StartAsync(policies: policies);
        await server.PlayAsync(Send(@"X-Old: 1\r\nSubject: hi\r\n\r\nbody\r\n.\r\n") + "\nS: 250 2.0.0 Ok: queued as *");
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        Assert.EndsWith("(UTC)\r\nSubject: hi\r\nX-New: hi\r\n\r\nbody\r\n", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_to_the_world_needs_a_grant()
    {
        var policies = new Dictionary<string, string>(Rules.Default)
        {
            ["recipient.js"] = "import { redirect } from 'policymta'; export default function away() { return redirect('x@elsewhere.example'); }",
        };
        await using var server = await ReceivingServer.StartAsync(policies: policies);
        await server.PlayAsync(Send(@"Subject: hi\r\n\r\n.\r\n") + "\nS: 554 5.7.1 <x@elsewhere.example>: Relay access denied");
        Assert.Empty(await server.QueuedAsync());
    }

    [Fact]
    public async Task Hold_discard_and_bcc_act_per_recipient()
    {
        var policies = new Dictionary<string, string>(Rules.Default)
        {
            ["recipient.js"] = """
                import { hold, discard, bcc } from 'policymta';
                export default function each({ recipient }) {
                  if (recipient.local === 'alice') return hold('look at it', { name: 'review' });
                  if (recipient.local === 'bob') return [discard('not wanted'), bcc('sales@example.test')];
                }
                """,
        };
        await using var server = await ReceivingServer.StartAsync(policies: policies);
        await server.PlayAsync(Send(@"Subject: hi\r\n\r\n.\r\n") + "\nS: 250 2.0.0 Ok: queued as *");
        var recipient = Assert.Single(Assert.Single(await server.QueuedAsync()).Recipients);
        Assert.Equal(RecipientState.Held, recipient.State);
        Assert.Equal("review", recipient.HoldName);
    }

    [Fact]
    public async Task A_recipient_that_is_refused_alone_at_end_of_data_is_held()
    {
        var policies = new Dictionary<string, string>(Rules.Default)
        {
            ["end_of_data.js"] = """
                import { per_recipient, reject } from 'policymta';
                export default [per_recipient(({ recipient }) => recipient.local === 'bob' ? reject('not for bob') : undefined)];
                """,
        };
        await using var server = await ReceivingServer.StartAsync(policies: policies);
        await server.PlayAsync("""
            S: 220 *
            C: EHLO client.example
            S: ...
            C! MAIL FROM:<joe@client.example>\r\nRCPT TO:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n
            S: 250 2.1.0 Ok
            S: 250 2.1.5 Ok
            S: 250 2.1.5 Ok
            S: 354 *
            C! Subject: hi\r\n\r\n.\r\n
            S: 250 2.0.0 Ok: queued as *
            """);
        var recipients = Assert.Single(await server.QueuedAsync()).Recipients;
        Assert.NotEqual("rejected", recipients.Single(r => r.Address.Local == "alice").HoldName);
        Assert.Equal("rejected", recipients.Single(r => r.Address.Local == "bob").HoldName);
    }

    [Fact]
    public async Task What_the_client_list_asks_for_holds_for_every_message()
    {
        var policies = new Dictionary<string, string>(Rules.Default)
        {
            ["client.js"] = "import { hold } from 'policymta'; export default () => hold('new client', { name: 'newcomers' });",
        };
        await using var server = await ReceivingServer.StartAsync(policies: policies, delaysReject: false);
        await server.PlayAsync(Send(@"Subject: hi\r\n\r\n.\r\n") + "\nS: 250 2.0.0 Ok: queued as *");
        Assert.Equal("newcomers", Assert.Single(Assert.Single(await server.QueuedAsync()).Recipients).HoldName);
    }
}
