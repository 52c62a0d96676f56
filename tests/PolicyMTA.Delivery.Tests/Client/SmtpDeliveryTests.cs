using System.Text;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

public sealed class SmtpDeliveryTests
{
    private const string Greeting = """
        S: 220 mx.remote.test ESMTP
        C: EHLO example.test
        S: 250-mx.remote.test
        S: 250 PIPELINING

        """;

    private const string Taken = """
        S: 250 2.0.0 Ok
        S: 250 2.1.5 Ok
        S: 354 go
        C: ...
        S: 250 2.0.0 Ok: sunk

        """;

    private const string Envelope = """
        C: MAIL FROM:<joe@good.test>
        C: RCPT TO:<x@remote.test>
        C: DATA

        """;

    [Fact]
    public async Task Message_is_delivered_pipelined_with_size_and_original_recipient()
    {
        await using var server = ScriptedServer.Start("""
            S: 220 mx.remote.test ESMTP sink
            C: EHLO example.test
            S: 250-mx.remote.test
            S: 250-PIPELINING
            S: 250-SIZE 50000000
            S: 250-8BITMIME
            S: 250-ENHANCEDSTATUSCODES
            S: 250-DSN
            S: 250 HELP
            C: MAIL FROM:<joe@good.test> SIZE=43
            C: RCPT TO:<x@remote.test> ORCPT=rfc822;x@remote.test
            C: DATA
            S: 250 2.0.0 Ok
            S: 250 2.1.5 Ok
            S: 354 go
            C: ...
            S: 250 2.0.0 Ok: sunk
            C: QUIT
            """);
        RecipientOutcome outcome;
        await using (var office = new Office())
        {
            outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        }
        await server.FinishAsync();
        Assert.Equal(DeliveryAction.Delivered, outcome.Action);
        Assert.Equal("250 2.0.0 Ok: sunk", outcome.Text);
        Assert.Equal($"127.0.0.1[127.0.0.1]:{server.Port}", outcome.Relay);
        Assert.True(outcome.ReportsPassedOn);
        Assert.Equal("From: joe@good.test\r\nSubject: s82\r\n\r\ndead\r\n", server.Contents[0]);
    }

    [Fact]
    public async Task Dsn_parameters_are_passed_on_where_they_are_offered()
    {
        await using var server = ScriptedServer.Start("""
            S: 220 mx
            C: EHLO example.test
            S: 250-mx
            S: 250-DSN
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250 PIPELINING
            C: MAIL FROM:<joe@good.test> BODY=8BITMIME RET=HDRS ENVID=QQ+2B1
            C: RCPT TO:<x@remote.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;old+2Btag@here.test
            C: DATA
            S: 250 2.0.0 Ok
            S: 250 2.1.5 Ok
            S: 354 go
            C: ...
            S: 250 2.0.0 Ok
            """);
        await using var office = new Office();
        var message = Post.Message() with { Mail = new MailParameters { Body = BodyType.EightBitMime, Ret = Ret.Headers, EnvelopeId = "QQ+1" } };
        var recipient = Post.To("x@remote.test")[0] with
        {
            Original = Address.FromInternal("old+tag@here.test"),
            Parameters = new RecipientParameters { Notify = Notify.Success | Notify.Delay },
        };
        var outcomes = await office.Deliverer.DeliverAsync(message, [recipient], new Queue.Route("smtp", $"[127.0.0.1]:{server.Port}"), CancellationToken.None);
        await server.FinishAsync();
        Assert.True(outcomes[0].ReportsPassedOn);
    }

    [Fact]
    public async Task Server_without_ehlo_is_greeted_with_helo_and_spoken_to_step_by_step()
    {
        await using var server = ScriptedServer.Start("""
            S: 220 old
            C: EHLO example.test
            S: 502 what
            C: HELO example.test
            S: 250 old
            C: MAIL FROM:<joe@good.test>
            S: 250 ok
            C: RCPT TO:<x@remote.test>
            S: 250 ok
            C: DATA
            S: 354 go
            C: ...
            S: 250 taken
            """);
        await using var office = new Office();
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        await server.FinishAsync();
        Assert.Equal(new EnhancedStatus(2, 0, 0), outcome.Status);
        Assert.False(outcome.ReportsPassedOn);
    }

    [Fact]
    public async Task Leading_dots_are_doubled_and_large_content_from_disk_arrives_whole()
    {
        await using var server = ScriptedServer.Start(Greeting + Envelope + Taken);
        await using var office = new Office();
        var text = new StringBuilder("Subject: x\r\n\r\n");
        for (var i = 0; i < 20_000; i++) text.Append(i % 7 == 0 ? "." : "").Append("line ").Append(i).Append("\r\n");
        var message = Post.Message() with { Content = new MemoryContent(Encoding.ASCII.GetBytes(text.ToString()), isOnDisk: true) };
        var outcomes = await office.SendAsync(message, $"[127.0.0.1]:{server.Port}", "smtp", "x@remote.test");
        await server.FinishAsync();
        Assert.Equal(DeliveryAction.Delivered, outcomes[0].Action);
        Assert.Equal(text.ToString().Replace("\r\n.", "\r\n.."), server.Contents[0]);
    }

    [Fact]
    public async Task Each_recipient_has_its_own_outcome()
    {
        await using var server = ScriptedServer.Start(Greeting + """
            C: MAIL FROM:<joe@good.test>
            C: RCPT TO:<a@remote.test>
            C: RCPT TO:<b@remote.test>
            C: RCPT TO:<c@remote.test>
            C: DATA
            S: 250 2.0.0 Ok
            S: 550 5.1.1 <a@remote.test>: No such user here
            S: 250 2.1.5 Ok
            S: 451 4.7.1 Greylisting in action, please come back later
            S: 354 go
            C: ...
            S: 250 2.0.0 Ok
            """);
        await using var office = new Office();
        var outcomes = await office.SendAsync(Post.Message(), $"[127.0.0.1]:{server.Port}", "smtp", "a@remote.test", "b@remote.test", "c@remote.test");
        await server.FinishAsync();
        Assert.Equal([DeliveryAction.Failed, DeliveryAction.Delivered, DeliveryAction.Deferred], outcomes.Select(o => o.Action));
        Assert.Equal("host 127.0.0.1[127.0.0.1] said: 550 5.1.1 <a@remote.test>: No such user here (in reply to RCPT TO command)", outcomes[0].Text);
        Assert.Equal("550 5.1.1 <a@remote.test>: No such user here", outcomes[0].RemoteReply);
        Assert.Equal("5.1.1", outcomes[0].Status.ToString());
        Assert.Equal("4.7.1", outcomes[2].Status.ToString());
    }

    [Fact]
    public async Task When_all_recipients_are_refused_the_session_is_reset_and_used_again()
    {
        await using var server = ScriptedServer.Start(Greeting + Envelope + """
            S: 250 2.0.0 Ok
            S: 550 5.1.1 nobody
            S: 503 5.5.1 no recipients
            C: RSET
            S: 250 2.0.0 Ok

            """ + Envelope + Taken);
        await using var office = new Office();
        Assert.Equal(DeliveryAction.Failed, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        await server.FinishAsync();
    }

    [Fact]
    public async Task Server_that_says_go_without_recipients_gets_an_empty_message()
    {
        await using var server = ScriptedServer.Start(Greeting + Envelope + """
            S: 250 2.0.0 Ok
            S: 550 5.1.1 nobody
            S: 354 go
            C: .
            S: 554 5.5.1 no recipients
            C: RSET
            S: 250 2.0.0 Ok
            """);
        await using var office = new Office();
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        await server.FinishAsync();
        Assert.EndsWith("(in reply to RCPT TO command)", outcome.Text);
    }

    [Theory]
    [InlineData("S: 554 5.3.2 go away", DeliveryAction.Deferred, "4.3.2", "host 127.0.0.1[127.0.0.1] refused to talk to me: 554 5.3.2 go away")]
    [InlineData("S: 421 busy", DeliveryAction.Deferred, "4.0.0", "host 127.0.0.1[127.0.0.1] refused to talk to me: 421 busy")]
    [InlineData("CLOSE", DeliveryAction.Deferred, "4.4.2", "lost connection with 127.0.0.1[127.0.0.1] while receiving the initial server greeting")]
    [InlineData("S: hello there", DeliveryAction.Deferred, "4.5.0", "host 127.0.0.1[127.0.0.1] sent an invalid reply while receiving the initial server greeting")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 421 4.3.0 not now", DeliveryAction.Deferred, "4.3.0", "host 127.0.0.1[127.0.0.1] refused to talk to me: 421 4.3.0 not now")]
    [InlineData("S: 220 hi\nC: EHLO *\nCLOSE", DeliveryAction.Deferred, "4.4.2", "lost connection with 127.0.0.1[127.0.0.1] while performing the EHLO handshake")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 500 no\nC: HELO *\nS: 550 5.7.1 banned", DeliveryAction.Failed, "5.7.1", "host 127.0.0.1[127.0.0.1] refused to talk to me: 550 5.7.1 banned")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 550 5.7.1 no", DeliveryAction.Failed, "5.7.1", "host 127.0.0.1[127.0.0.1] said: 550 5.7.1 no (in reply to MAIL FROM command)")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 421 4.3.2 bye", DeliveryAction.Deferred, "4.3.2", "host 127.0.0.1[127.0.0.1] said: 421 4.3.2 bye (in reply to MAIL FROM command)")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nCLOSE", DeliveryAction.Deferred, "4.4.2", "lost connection with 127.0.0.1[127.0.0.1] while sending MAIL FROM")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 452 4.2.2 full", DeliveryAction.Deferred, "4.2.2", "host 127.0.0.1[127.0.0.1] said: 452 4.2.2 full (in reply to RCPT TO command)")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nCLOSE", DeliveryAction.Deferred, "4.4.2", "lost connection with 127.0.0.1[127.0.0.1] while sending RCPT TO")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 554 5.7.0 no", DeliveryAction.Failed, "5.7.0", "host 127.0.0.1[127.0.0.1] said: 554 5.7.0 no (in reply to DATA command)")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nCLOSE", DeliveryAction.Deferred, "4.4.2", "lost connection with 127.0.0.1[127.0.0.1] while sending DATA command")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nC: ...\nS: 554 5.7.1 Message content rejected", DeliveryAction.Failed, "5.7.1", "host 127.0.0.1[127.0.0.1] said: 554 5.7.1 Message content rejected (in reply to end of DATA command)")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nC: ...\nCLOSE", DeliveryAction.Deferred, "4.4.2", "lost connection with 127.0.0.1[127.0.0.1] while sending end of data -- message may be sent more than once")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 SIZE 10", DeliveryAction.Failed, "5.3.4", "message size 43 exceeds size limit 10 of server 127.0.0.1[127.0.0.1]")]
    public async Task Failing_step_is_named(string script, DeliveryAction action, string status, string text)
    {
        await using var server = ScriptedServer.Start(script);
        await using var office = new Office();
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        Assert.Equal((action, status, text), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Theory]
    [InlineData("HANG", 300, "receiving the initial server greeting")]
    [InlineData("S: 220 hi\nC: EHLO *\nHANG", 300, "performing the EHLO handshake")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nHANG", 300, "sending MAIL FROM")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nHANG", 300, "sending RCPT TO")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nHANG", 120, "sending DATA command")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nC: ...\nHANG", 600, "sending end of data -- message may be sent more than once")]
    public async Task Silent_server_is_left_after_the_time_of_its_step(string script, int seconds, string step)
    {
        await using var server = ScriptedServer.Start(script);
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Timeouts = new ClientTimeouts { Connect = TimeSpan.FromHours(1) } } });
        var delivery = office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        await server.Hung;
        // Time passes only where the client has begun to wait; the connect or the flush before it may still be on its way.
        office.Clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.False(delivery.IsCompleted);
        while (!delivery.IsCompleted)
        {
            office.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Equal($"conversation with 127.0.0.1[127.0.0.1] timed out while {step}", (await delivery).Text);
    }

    [Fact]
    public async Task Refused_connection_is_a_deferral_without_relay()
    {
        int port;
        await using (var server = ScriptedServer.Start()) port = server.Port;
        await using var office = new Office();
        var outcome = await office.SendAsync($"[127.0.0.1]:{port}", "x@down.test");
        Assert.Equal((DeliveryAction.Deferred, "4.4.1", $"connect to 127.0.0.1[127.0.0.1]:{port}: Connection refused", "none"),
            (outcome.Action, outcome.Status.ToString(), outcome.Text, outcome.Relay));
    }

    [Fact]
    public async Task Address_that_could_write_commands_never_reaches_the_wire()
    {
        await using var server = ScriptedServer.Start();
        await using var office = new Office();
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "a\r\nRCPT TO:<b>@remote.test");
        Assert.Equal(("5.1.3", 0), (outcome.Status.ToString(), server.Heard.Count));
    }

    [Fact]
    public async Task Sender_without_a_domain_leaves_with_that_of_this_system()
    {
        await using var server = ScriptedServer.Start(Greeting + Envelope.Replace("joe@good.test", "alice@example.test") + Taken);
        await using var office = new Office();
        var outcomes = await office.SendAsync(Post.Message(sender: "alice"), $"[127.0.0.1]:{server.Port}", "smtp", "x@remote.test");
        Assert.Equal(DeliveryAction.Delivered, outcomes[0].Action);
    }

    [Fact]
    public async Task Cancelled_delivery_ends_at_once()
    {
        await using var server = ScriptedServer.Start("S: 220 hi\nC: EHLO *\nHANG");
        await using var office = new Office();
        using var drain = new CancellationTokenSource();
        var delivery = office.Deliverer.DeliverAsync(Post.Message(), Post.To("x@remote.test"), new Queue.Route("smtp", $"[127.0.0.1]:{server.Port}"), drain.Token).AsTask();
        await server.Hung;
        await drain.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Cancelled_delivery_keeps_what_the_server_has_taken_and_refused()
    {
        await using var server = ScriptedServer.Start("""
            S: 220 mx
            C: LHLO example.test
            S: 250 mx
            C: MAIL FROM:<joe@good.test>
            S: 250 ok
            C: RCPT TO:<a@remote.test>
            S: 250 ok
            C: RCPT TO:<b@remote.test>
            S: 250 ok
            C: RCPT TO:<c@remote.test>
            S: 550 5.1.1 nobody
            C: DATA
            S: 354 go
            C: ...
            S: 250 2.0.0 taken
            HANG
            """);
        await using var office = new Office();
        using var drain = new CancellationTokenSource();
        var recipients = Post.To("a@remote.test", "b@remote.test", "c@remote.test");
        var delivery = office.Deliverer.DeliverAsync(Post.Message(), recipients, new Queue.Route("lmtp", $"inet:127.0.0.1:{server.Port}"), drain.Token).AsTask();
        await server.Hung;
        // The first verdict may still be on its way to the client; either way nothing is forgotten that was refused.
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await drain.CancelAsync();
        var outcomes = await delivery.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([DeliveryAction.Delivered, DeliveryAction.Deferred, DeliveryAction.Failed], outcomes.Select(outcome => outcome.Action));
    }

    [Fact]
    public async Task Cancelled_delivery_keeps_a_refusal_although_nothing_was_sent()
    {
        await using var server = ScriptedServer.Start("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: MAIL *\nS: 250 ok\nC: RCPT *\nS: 550 5.1.1 nobody\nC: RCPT *\nHANG");
        await using var office = new Office();
        using var drain = new CancellationTokenSource();
        var delivery = office.Deliverer.DeliverAsync(Post.Message(), Post.To("a@remote.test", "b@remote.test"), new Queue.Route("smtp", $"[127.0.0.1]:{server.Port}"), drain.Token).AsTask();
        await server.Hung;
        await drain.CancelAsync();
        var outcomes = await delivery.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([(DeliveryAction.Failed, "5.1.1"), (DeliveryAction.Deferred, "4.3.2")], outcomes.Select(outcome => (outcome.Action, outcome.Status.ToString())));
    }

    [Fact]
    public async Task Time_that_runs_out_behind_a_good_reply_defers()
    {
        await using var server = ScriptedServer.Start(Greeting + Envelope + "S: 250 2.1.0 ok\\r\\n250 2.1.5 ok\\r\\n354 go\nHANG");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Timeouts = new ClientTimeouts { Recipient = TimeSpan.Zero } } });
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        Assert.Equal((DeliveryAction.Deferred, "4.4.2"), (outcome.Action, outcome.Status.ToString()));
    }

    [Fact]
    public async Task Next_hop_that_is_none_keeps_the_mail_until_it_is_corrected()
    {
        await using var office = new Office();
        var outcome = await office.SendAsync("[open", "x@remote.test");
        Assert.Equal((DeliveryAction.Deferred, "4.3.5"), (outcome.Action, outcome.Status.ToString()));
    }

    [Fact]
    public async Task Bind_address_of_the_other_family_is_ignored()
    {
        await using var server = ScriptedServer.Start(Greeting + Envelope + Taken);
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { BindAddress = System.Net.IPAddress.IPv6Loopback } });
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
    }

    [Fact]
    public async Task Connection_starts_at_the_bound_address()
    {
        await using var server = ScriptedServer.Start(Greeting + Envelope + Taken);
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { BindAddress = System.Net.IPAddress.Parse("127.0.0.5") } });
        await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
        Assert.Equal(["127.0.0.5"], server.Clients);
    }

    [Fact]
    public async Task Many_recipients_go_in_groups_of_a_hundred()
    {
        static string Recipients(int from, int count) => string.Concat(Enumerable.Range(from, count).Select(i => $"C: RCPT TO:<r{i}@remote.test>\n"));
        static string Replies(int count) => string.Concat(Enumerable.Repeat("S: 250 2.1.5 Ok\n", count));
        await using var server = ScriptedServer.Start(Greeting + "C: MAIL *\n" + Recipients(0, 100) + "S: 250 2.1.0 Ok\n" + Replies(100)
            + Recipients(100, 50) + "C: DATA\n" + Replies(50) + "S: 354 go\nC: ...\nS: 250 2.0.0 Ok");
        await using var office = new Office();
        var outcomes = await office.SendAsync(Post.Message(), $"[127.0.0.1]:{server.Port}", "smtp", [.. Enumerable.Range(0, 150).Select(i => $"r{i}@remote.test")]);
        Assert.Equal(Enumerable.Range(0, 150), outcomes.Select(o => o.Recipient));
        Assert.All(outcomes, o => Assert.Equal(DeliveryAction.Delivered, o.Action));
    }

    [Fact]
    public async Task Refused_mail_ends_before_further_groups_and_resets()
    {
        await using var server = ScriptedServer.Start(Greeting + "C: MAIL *\n" + string.Concat(Enumerable.Repeat("C: RCPT *\n", 100))
            + "S: 550 5.7.1 no\n" + string.Concat(Enumerable.Repeat("S: 503 5.5.1 no\n", 100)) + "C: RSET\nS: 250 ok");
        await using var office = new Office();
        var outcomes = await office.SendAsync(Post.Message(), $"[127.0.0.1]:{server.Port}", "smtp", [.. Enumerable.Range(0, 150).Select(i => $"r{i}@remote.test")]);
        await server.FinishAsync();
        Assert.All(outcomes, o => Assert.EndsWith("(in reply to MAIL FROM command)", o.Text));
    }

    [Fact]
    public async Task Message_that_needs_utf8_fails_where_it_is_not_offered()
    {
        await using var server = ScriptedServer.Start(Greeting + Envelope + Taken, Greeting);
        await using var office = new Office();
        var nextHop = $"[127.0.0.1]:{server.Port}";
        var needless = Post.Message() with { Mail = new MailParameters { SmtpUtf8 = true } };
        var needed = Post.Message("Subject: grün\n\nx\n") with { Mail = new MailParameters { SmtpUtf8 = true } };
        Assert.Equal("2.0.0", (await office.SendAsync(needless, nextHop, "smtp", "x@remote.test"))[0].Status.ToString());
        var outcome = (await office.SendAsync(needed, nextHop, "smtp", "x@remote.test"))[0];
        Assert.Equal("SMTPUTF8 is required, but was not offered by host 127.0.0.1[127.0.0.1]", outcome.Text);
    }
}
