using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Real servers as next hops.</summary>
public sealed class NextHopTests(RelayServer relay) : IClassFixture<RelayServer>
{
    [Fact]
    public async Task Postfix_over_tls_with_the_name_that_was_asked_for()
    {
        await using var postfix = await PostfixReceiver.StartAsync();
        var hop = $"[127.0.0.1]:{postfix.Port}";
        File.Copy(postfix.Certificate, Path.Combine(relay.Server.Root, "authorities.pem"), overwrite: true);
        await relay.SetAsync("smtp_tls_CAfile = \"authorities.pem\"");
        await relay.RouteAsync("postfix.test", "smtp", hop, tls: "secure match=mx.postfix.test");
        await relay.SendAsync("Subject: to postfix\r\n\r\n..dotted\r\nlast", "alice@postfix.test", "nobody@postfix.test");

        Assert.Equal("sent", (await relay.OutcomeAsync("alice@postfix.test")).Status);
        var nobody = await relay.OutcomeAsync("nobody@postfix.test");
        Assert.Equal("bounced", nobody.Status);
        Assert.Contains("said: 550 5.1.1 <nobody@postfix.test>: Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)", nobody.Text, StringComparison.Ordinal);
        Assert.EndsWith("\n\n.dotted\nlast\n", (await postfix.MailAsync()).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        await relay.Server.SaysAsync($"Verified TLS connection established to 127.0.0.1[127.0.0.1]:{postfix.Port}: TLSv1.3");

        await relay.SendAsync("Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 2_000)), "alice@postfix.test");
        await relay.Server.SaysAsync("status=bounced (message size 1", "exceeds size limit 100000 of server");
    }

    [Fact]
    public async Task Postfix_with_another_name_gets_no_mail()
    {
        await using var postfix = await PostfixReceiver.StartAsync();
        await relay.RouteAsync("impostor.test", "smtp", $"[127.0.0.1]:{postfix.Port}", tls: "secure match=mx.impostor.test");
        await relay.SendAsync("Subject: no\r\n\r\nx", "alice@impostor.test");
        var outcome = await relay.OutcomeAsync("alice@impostor.test");
        Assert.Equal("deferred", outcome.Status);
        Assert.StartsWith("Server certificate not ", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("alice@impostor.test", postfix.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exim_with_a_login()
    {
        await using var exim = await EximReceiver.StartAsync("relay", "exim:secret");
        await relay.RouteAsync("exim.test", "smtp", $"[127.0.0.1]:{exim.Port}", tls: "encrypt", login: "relay:exim:secret");
        await relay.SendAsync("Subject: to exim\r\n\r\n..dotted\r\nlast", "alice@exim.test", "nobody@exim.test");
        Assert.Equal("sent", (await relay.OutcomeAsync("alice@exim.test")).Status);
        var nobody = await relay.OutcomeAsync("nobody@exim.test");
        Assert.Equal("bounced", nobody.Status);
        Assert.Contains("said: 550 Unknown user (in reply to RCPT TO command)", nobody.Text, StringComparison.Ordinal);
        for (var patience = 100; !exim.Mail.Contains("Subject: to exim", StringComparison.Ordinal) && patience > 0; patience--) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Contains("\n\n.dotted\nlast\n", exim.Mail, StringComparison.Ordinal);
        await Eventually.SaysAsync(() => exim.Log, " A=cram:relay");
        await Eventually.SaysAsync(() => exim.Log, " X=TLS1.3");
        Assert.DoesNotContain(relay.Server.Output, line => line.Contains("exim:secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Exim_that_does_not_take_the_login_keeps_the_mail_waiting()
    {
        await using var exim = await EximReceiver.StartAsync("relay", "right");
        await relay.RouteAsync("exim2.test", "smtp", $"[127.0.0.1]:{exim.Port}", tls: "encrypt", login: "relay:wrong");
        await relay.SendAsync("Subject: no\r\n\r\nx", "alice@exim2.test");
        var outcome = await relay.OutcomeAsync("alice@exim2.test");
        Assert.Equal("deferred", outcome.Status);
        Assert.Contains("SASL authentication failed; server 127.0.0.1[127.0.0.1] said: 535 ", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dovecot_over_lmtp_answers_for_each_recipient()
    {
        await using var dovecot = await DovecotLmtp.StartAsync();
        await relay.RouteAsync("dovecot.test", "lmtp", $"unix:{dovecot.Socket}");
        await relay.SendAsync("Subject: to dovecot\r\n\r\n..dotted\r\nlast", "alice@dovecot.test", "full@dovecot.test", "nobody@dovecot.test");

        var (alice, full, nobody) = (await relay.OutcomeAsync("alice@dovecot.test"), await relay.OutcomeAsync("full@dovecot.test"), await relay.OutcomeAsync("nobody@dovecot.test"));
        Assert.Equal(("sent", "bounced", "bounced"), (alice.Status, full.Status, nobody.Status));
        Assert.Contains("Saved", alice.Text, StringComparison.Ordinal);
        Assert.Contains("said: 552 5.2.2 <full@dovecot.test> Quota exceeded", full.Text, StringComparison.Ordinal);
        Assert.Contains("said: 550 5.1.1 <nobody@dovecot.test> User doesn't exist", nobody.Text, StringComparison.Ordinal);
        Assert.EndsWith("\n\n.dotted\nlast\n", dovecot.MailOf("alice").ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Our_own_submission_service_knows_who_logs_in_over_tls()
    {
        await using var next = await RunningServer.StartAsync();
        await relay.RouteAsync("example.test", "smtp", $"[127.0.0.1]:{next.Submission}", tls: "encrypt", login: $"alice@example.test:{next.Password("alice")}");
        await relay.SendAsync("Subject: to submission\r\n\r\nx", "bob@example.test");
        // It knows who logged in, and that the sender is somebody else.
        Assert.Contains("said: 553 5.7.1 <joe@localhost>: Sender address rejected: not owned by user alice@example.test", (await relay.OutcomeAsync("bob@example.test")).Text, StringComparison.Ordinal);
    }
}
