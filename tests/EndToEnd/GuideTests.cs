namespace PolicyMTA.EndToEnd;

/// <summary>What the guide tells its reader to try at the end, with the clients it names or their like.</summary>
public sealed class GuideTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    private static readonly string[] PlainList =
        ["250-example.test", "250-PIPELINING", "250-SIZE", "250-ETRN", "250-STARTTLS", "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250-DSN", "250-SMTPUTF8", "250 CHUNKING"];
    private static readonly string[] TlsList =
        ["250-example.test", "250-PIPELINING", "250-SIZE", "250-ETRN", "250-AUTH PLAIN LOGIN", "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250-DSN", "250-SMTPUTF8", "250 CHUNKING"];

    private RunningServer Server => quickstart.Server;

    [Fact]
    public async Task Mail_goes_from_yourself_to_yourself()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Submission, [.. Swaks.Login(Server, "alice"), "--from", "alice@example.test", "--to", "alice@example.test", "--header", "Subject: to myself"]);
        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("Return-Path: <alice@example.test>", await Server.MailWithAsync("alice", "Subject: to myself"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_goes_to_another_mailbox_of_the_domain()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Submissions, "--tls-on-connect", "--auth", "LOGIN", "--auth-user", "alice@example.test", "--auth-password", Server.Password("alice"), "--from", "alice@example.test", "--to", "bob@example.test", "--header", "Subject: to bob");
        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("with ESMTPSA", await Server.MailWithAsync("bob", "Subject: to bob"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_comes_from_elsewhere_without_a_login()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Smtp, "--from", "joe@localhost", "--to", "alice@example.test", "--header", "Subject: from joe");
        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("Return-Path: <joe@localhost>", await Server.MailWithAsync("alice", "Subject: from joe"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mail_to_other_domains_is_refused_without_a_login(bool underTls)
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Smtp, [.. underTls ? ["--tls"] : Array.Empty<string>(), "--from", "joe@localhost", "--to", "someone@elsewhere.test"]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("554 5.7.1 <someone@elsewhere.test>: Relay access denied", result.Replies(underTls));
    }

    [Fact]
    public async Task Submission_without_a_login_is_refused_for_our_own_domain_too()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Submission, "--tls", "--from", "joe@localhost", "--to", "alice@example.test");
        Assert.Contains(result.Replies(underTls: true), reply => reply.StartsWith("554 5.7.1 ", StringComparison.Ordinal) && reply.EndsWith("Client host rejected: Access denied", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Submission_wants_tls_first()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Submission, "--from", "joe@localhost", "--to", "alice@example.test");
        Assert.Contains("530 5.7.0 Must issue a STARTTLS command first", result.Replies(underTls: false));
    }

    [Fact]
    public async Task Mail_to_other_domains_is_taken_with_a_login()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Submission, [.. Swaks.Login(Server, "alice"), "--from", "alice@example.test", "--to", "someone@elsewhere.test"]);
        Assert.Contains(result.Replies(underTls: true), reply => reply.StartsWith("250 2.0.0 Ok: queued as ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_password_is_refused()
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(Server.Submission, "--tls", "--auth", "PLAIN", "--auth-user", "alice@example.test", "--auth-password", "wrong", "--quit-after", "AUTH");
        Assert.Contains(result.Replies(underTls: true), reply => reply.StartsWith("535 5.7.8 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("smtp")]
    [InlineData("submission")]
    public async Task Plain_text_offers_no_login(string listener)
    {
        Command.Require("swaks");
        var result = await Swaks.RunAsync(listener == "smtp" ? Server.Smtp : Server.Submission, "--quit-after", "EHLO");
        Assert.Equal(PlainList, result.Replies(underTls: false).Where(reply => reply.StartsWith("250", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("smtp", "--tls")]
    [InlineData("submission", "--tls")]
    [InlineData("submissions", "--tls-on-connect")]
    public async Task Tls_offers_a_login(string listener, string tls)
    {
        Command.Require("swaks");
        var port = listener switch { "smtp" => Server.Smtp, "submission" => Server.Submission, _ => Server.Submissions };
        var result = await Swaks.RunAsync(port, tls, "--quit-after", "EHLO");
        Assert.Equal(TlsList, result.Replies(underTls: true).Where(reply => reply.StartsWith("250", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_dialogue_typed_into_openssl_delivers(bool isStartTls)
    {
        Command.Require("openssl");
        await using var openssl = isStartTls ? OpensslClient.StartTls(Server.Submission) : OpensslClient.Implicit(Server.Submissions);
        if (!isStartTls) Assert.StartsWith("220 example.test ESMTP", (await openssl.ReadReplyAsync())[0], StringComparison.Ordinal);
        var list = await openssl.AskAsync("EHLO mydomain.com");
        Assert.Equal(TlsList, list);
        var login = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0alice@example.test\0{Server.Password("alice")}"));
        Assert.Equal(["235 2.7.0 Authentication successful"], await openssl.AskAsync($"AUTH PLAIN {login}"));
        Assert.Equal(["250 2.1.0 Ok"], await openssl.AskAsync("mail from:<alice@example.test>"));
        Assert.Equal(["250 2.1.5 Ok"], await openssl.AskAsync("rcpt to:<alice@example.test>"));
        Assert.Equal(["354 End data with <CR><LF>.<CR><LF>"], await openssl.AskAsync("data"));
        Assert.StartsWith("250 2.0.0 Ok: queued as ", (await openssl.AskAsync($"Subject: typed {isStartTls}\n\nTest email body\n."))[0], StringComparison.Ordinal);
        Assert.Equal(["221 2.0.0 Bye"], await openssl.AskAsync("quit"));
        await Server.MailWithAsync("alice", $"Subject: typed {isStartTls}");
    }
}
