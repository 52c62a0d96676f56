using System.Diagnostics;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Addresses are verified at a real Postfix, at a host that is silent and at one that is not there.</summary>
public sealed class VerificationTests
{
    private const string Policy = """
        import { restrictions as r } from 'policymta';
        export default [r.reject_unverified_recipient()];
        """;

    private const string NextHop = """
        relay_domains = far.test
        relay_recipient_maps = inline:{known@far.test=x, grey@far.test=x}
        smtpd_recipient_restrictions = check_recipient_access inline:{{grey@far.test=450 4.2.0 Greylisted}}, permit_mynetworks, reject
        """;

    [Fact]
    public async Task Recipients_are_judged_as_the_next_hop_says_and_the_cache_survives_a_crash()
    {
        var dead = RunningServer.FreePorts(1)[0];
        using var silent = new SilentServer();
        await using var server = await RunningServer.StartAsync();
        await using (var postfix = await PostfixInstance.StartAsync(dead, "", "", NextHop))
        {
            await UntilItAnswersAsync(postfix.Port);
            await File.WriteAllTextAsync(Path.Combine(server.Root, "policies", "recipient.js"), Policy);
            await server.ReconfigureAsync("myhostname = ", $$$"""
                relay_domains = ["far.test", "dead.test", "silent.test"]
                transport_maps = "inline:{far.test=smtp:[127.0.0.1]:{{{postfix.Port}}}, dead.test=smtp:[127.0.0.1]:{{{dead}}}, silent.test=smtp:[127.0.0.1]:{{{silent.Port}}}}"
                unverified_recipient_reject_code = 550
                address_verify_poll_count = 2
                address_verify_poll_delay = "2s"
                myhostname = 
                """);
            Assert.Equal("250 2.1.5 Ok", await RcptAsync(server, "known@far.test"));
            Assert.Equal(
                "550 5.1.1 <nobody@far.test>: Recipient address rejected: undeliverable address: host 127.0.0.1[127.0.0.1] said: 550 5.1.1 <nobody@far.test>: Recipient address rejected: User unknown in relay recipient table (in reply to RCPT TO command)",
                await RcptAsync(server, "nobody@far.test"));
            Assert.Equal(
                "450 4.1.1 <grey@far.test>: Recipient address rejected: unverified address: host 127.0.0.1[127.0.0.1] said: 450 4.2.0 <grey@far.test>: Recipient address rejected: Greylisted (in reply to RCPT TO command)",
                await RcptAsync(server, "grey@far.test"));
            Assert.Equal($"450 4.1.1 <x@dead.test>: Recipient address rejected: unverified address: connect to 127.0.0.1[127.0.0.1]:{dead}: Connection refused", await RcptAsync(server, "x@dead.test"));
            var watch = Stopwatch.StartNew();
            Assert.Equal("450 4.1.1 <x@silent.test>: Recipient address rejected: unverified address: Address verification in progress", await RcptAsync(server, "x@silent.test"));
            // Two polls two seconds apart; a timer may fire a millisecond early.
            Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(12));
            Assert.Equal("250 2.1.5 Ok", await RcptAsync(server, "alice@example.test"));
            Assert.StartsWith("550 5.1.1 <nobody@example.test>: Recipient address rejected: undeliverable address: unknown user", await RcptAsync(server, "nobody@example.test"), StringComparison.Ordinal);
            await Eventually.SaysAsync(() => postfix.Log, "NOQUEUE: reject: RCPT from unknown[127.0.0.1]: 550 5.1.1 <nobody@far.test>");
            Assert.DoesNotContain("qmgr[", postfix.Log[postfix.Log.IndexOf("connect from", StringComparison.Ordinal)..], StringComparison.Ordinal);
        }
        Assert.Empty((await server.PolicymtaAsync("queue", "list", "--json")).Output.Trim());
        await server.SaysAsync("to=<known@far.test>, relay=127.0.0.1[127.0.0.1]:", "dsn=2.1.5, status=deliverable (250 2.1.5 Ok)");
        await server.SaysAsync("to=<nobody@far.test>", "status=undeliverable (host 127.0.0.1[127.0.0.1] said: 550");

        await server.KillAsync();
        await server.StartAgainAsync();
        Assert.Equal("250 2.1.5 Ok", await RcptAsync(server, "known@far.test"));
        Assert.StartsWith("550 5.1.1 <nobody@far.test>: Recipient address rejected: undeliverable address: host 127.0.0.1[127.0.0.1] said: 550 5.1.1", await RcptAsync(server, "nobody@far.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Senders_are_verified_and_whoever_verifies_our_own_is_told_yes_without_a_loop()
    {
        await using var server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Root, "policies", "sender.js"), """
            import { restrictions as r } from 'policymta';
            export default [r.reject_unverified_sender()];
            """);
        await server.ReconfigureAsync("myhostname = ", """
            transport_maps = "inline:{good.test=discard:, {bad.test=error:5.1.1 no such user}}"
            unverified_sender_reject_code = 550
            myhostname = 
            """);
        Assert.Equal("250 2.1.5 Ok", await RcptAsync(server, "alice@example.test", "joe@good.test"));
        Assert.Equal("550 5.1.7 <joe@bad.test>: Sender address rejected: undeliverable address: no such user", await RcptAsync(server, "alice@example.test", "joe@bad.test"));
        Assert.Equal("250 2.1.5 Ok", await RcptAsync(server, "alice@example.test", ""));
        Assert.Equal("250 2.1.5 Ok", await RcptAsync(server, "double-bounce@example.test", "double-bounce@bad.test"));
        await using var smtp = await SmtpConnection.OpenAsync(server.Smtp);
        await smtp.ExpectAsync("EHLO client.example", "250");
        Assert.StartsWith("250 2.0.0 Ok: queued as", await smtp.SendAsync("", "double-bounce@example.test", "Subject: a bounce of a probe\r\n\r\n"), StringComparison.Ordinal);
        Assert.Empty((await server.PolicymtaAsync("queue", "list", "--json")).Output.Trim());
    }

    [Fact]
    public async Task ETRN_sends_what_waits_for_its_domain_and_nothing_else_to_whom_the_etrn_list_lets()
    {
        var dead = RunningServer.FreePorts(1)[0];
        await using var server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Root, "policies", "etrn.js"), """
            import { restrictions as r } from 'policymta';
            export default [r.check_etrn_access('inline:{closed.test=REJECT}')];
            """);
        string Routes(int port) => $$$"""
            relay_domains = ["far.test", "other.test", "closed.test"]
            transport_maps = "inline:{far.test=smtp:[127.0.0.1]:{{{port}}}, other.test=smtp:[127.0.0.1]:{{{port}}}}"
            myhostname = 
            """;
        await server.ReconfigureAsync("myhostname = ", Routes(dead));
        foreach (var recipient in new[] { "x@far.test", "x@other.test" })
        {
            await using var smtp = await SmtpConnection.OpenAsync(server.Smtp);
            await smtp.ExpectAsync("EHLO client.example", "250");
            Assert.StartsWith("250 2.0.0 Ok", await smtp.SendAsync("joe@elsewhere.test", recipient, "Subject: waits\r\n\r\n"), StringComparison.Ordinal);
        }
        await UntilAsync(async () => (await server.PolicymtaAsync("queue", "list", "--state", "deferred", "--json")).Lines.Count(line => line.Length > 0) == 2);
        await using var postfix = await PostfixInstance.StartAsync(dead, "", "", "relay_domains = far.test, other.test");
        await UntilItAnswersAsync(postfix.Port);
        await server.ReconfigureAsync(Routes(dead), Routes(postfix.Port));
        await using var asking = await SmtpConnection.OpenAsync(server.Smtp);
        await asking.ExpectAsync("EHLO client.example", "250");
        Assert.Equal("554 5.7.1 <closed.test>: Etrn command rejected: Access denied", await asking.AskAsync("ETRN closed.test"));
        Assert.Equal("459 <elsewhere.test>: service unavailable", await asking.AskAsync("ETRN elsewhere.test"));
        Assert.Equal("250 Queuing started", await asking.AskAsync("ETRN far.test"));
        await UntilAsync(async () => !(await server.PolicymtaAsync("queue", "list", "--json")).Output.Contains("x@far.test", StringComparison.Ordinal));
        Assert.Contains("x@other.test", (await server.PolicymtaAsync("queue", "list", "--state", "deferred", "--json")).Output, StringComparison.Ordinal);
        await server.SaysAsync("NOQUEUE: reject: ETRN from", "554 5.7.1 <closed.test>: Etrn command rejected: Access denied; proto=ESMTP helo=<client.example>");
        Assert.Equal("1 message made due\n", (await server.PolicymtaAsync("queue", "flush", "--domain", "other.test")).Output);
        await UntilAsync(async () => (await server.PolicymtaAsync("queue", "list", "--json")).Output.Trim().Length == 0);
    }

    private static async Task UntilAsync(Func<Task<bool>> isDone)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(30); await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System))
        {
            if (await isDone()) return;
        }
        Assert.Fail("it never came true");
    }

    private static async Task UntilItAnswersAsync(int port)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System))
        {
            try
            {
                await using var smtp = await SmtpConnection.OpenAsync(port);
                await smtp.ExpectAsync("QUIT", "221");
                return;
            }
            catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException && watch.Elapsed < TimeSpan.FromSeconds(20))
            {
                // Not yet.
            }
        }
    }

    private static async Task<string> RcptAsync(RunningServer server, string recipient, string sender = "joe@elsewhere.test")
    {
        await using var smtp = await SmtpConnection.OpenAsync(server.Smtp);
        await smtp.ExpectAsync("EHLO client.example", "250");
        await smtp.ExpectAsync($"MAIL FROM:<{sender}>", "250");
        return await smtp.AskAsync($"RCPT TO:<{recipient}>");
    }
}
