using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Programs that people send mail with, each with TLS and a login: the mail arrives as it was sent, and the log tells who sent it.</summary>
public sealed class ClientTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    private const string Smtplib = """
        import smtplib, ssl, sys
        how, port, user, password, subject = sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]
        context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
        client = smtplib.SMTP_SSL("127.0.0.1", port, context=context) if how == "implicit" else smtplib.SMTP("127.0.0.1", port)
        if how == "starttls": client.starttls(context=context)
        client.login(user, password)
        message = "From: %s\r\nSubject: %s\r\n\r\n.dotted\r\nl\u00edne\r\n" % (user, subject)
        client.sendmail(user, ["bob@example.test"], message.encode("utf-8"), ["BODY=8BITMIME"])
        client.quit()
        """;

    private RunningServer Server => quickstart.Server;

    [Theory]
    [InlineData("starttls", "PLAIN")]
    [InlineData("implicit", "LOGIN")]
    public async Task Swaks(string how, string mechanism)
    {
        Command.Require("swaks");
        var (port, tls) = how == "implicit" ? (Server.Submissions, "--tls-on-connect") : (Server.Submission, "--tls");
        var result = await EndToEnd.Swaks.RunAsync(port, tls, "--auth", mechanism, "--auth-user", "alice@example.test", "--auth-password", Server.Password("alice"),
            "--from", "alice@example.test", "--to", "bob@example.test", "--header", $"Subject: swaks {how}", "--body", ".dotted\nlast");
        Assert.True(result.ExitCode == 0, result.Output);
        // It ends a body with two empty lines of its own.
        await ArrivedAsync($"Subject: swaks {how}", "\n\n.dotted\nlast\n\n\n", mechanism: mechanism);
    }

    [Theory]
    [InlineData("starttls")]
    [InlineData("implicit")]
    public async Task Openssl(string how)
    {
        Command.Require("openssl");
        await using var openssl = how == "implicit" ? OpensslClient.Implicit(Server.Submissions) : OpensslClient.StartTls(Server.Submission);
        if (how == "implicit") await openssl.ReadReplyAsync();
        await openssl.AskAsync("EHLO client.test");
        Assert.Equal(["334 VXNlcm5hbWU6"], await openssl.AskAsync("AUTH LOGIN"));
        Assert.Equal(["334 UGFzc3dvcmQ6"], await openssl.AskAsync(Base64("alice@example.test")));
        Assert.Equal(["235 2.7.0 Authentication successful"], await openssl.AskAsync(Base64(Server.Password("alice"))));
        await openssl.AskAsync("mail from:<alice@example.test>");
        await openssl.AskAsync("rcpt to:<bob@example.test>");
        await openssl.AskAsync("data");
        Assert.StartsWith("250 2.0.0 Ok: queued as ", (await openssl.AskAsync($"Subject: openssl {how}\n\n..dotted\nlast\n."))[0], StringComparison.Ordinal);
        await ArrivedAsync($"Subject: openssl {how}", "\n\n.dotted\nlast\n", mechanism: "LOGIN");
    }

    [Theory]
    [InlineData("starttls")]
    [InlineData("implicit")]
    public async Task Curl(string how)
    {
        Command.Require("curl");
        var url = how == "implicit" ? $"smtps://127.0.0.1:{Server.Submissions}" : $"smtp://127.0.0.1:{Server.Submission}";
        var result = await Command.RunAsync("curl", ["--silent", "--show-error", "--max-time", "30", "--insecure", "--ssl-reqd", "--url", $"{url}/client.test", "--user", $"alice@example.test:{Server.Password("alice")}",
            "--mail-from", "alice@example.test", "--mail-rcpt", "bob@example.test", "--upload-file", "-"], $"Subject: curl {how}\r\n\r\n.dotted\r\nlast\r\n");
        Assert.True(result.ExitCode == 0, result.Errors);
        await ArrivedAsync($"Subject: curl {how}", "\n\n.dotted\nlast\n");
    }

    [Theory]
    [InlineData("starttls")]
    [InlineData("implicit")]
    public async Task Pythons_smtplib(string how)
    {
        Command.Require("python3");
        var port = how == "implicit" ? Server.Submissions : Server.Submission;
        var result = await Command.RunAsync("python3", ["-c", Smtplib, how, $"{port}", "alice@example.test", Server.Password("alice"), $"smtplib {how}"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        await ArrivedAsync($"Subject: smtplib {how}", "\n\n.dotted\nl\u00edne\n");
    }

    [Fact]
    public async Task Postfix()
    {
        await using var postfix = await PostfixInstance.StartAsync(Server.Submission, "alice@example.test", Server.Password("alice"));
        await using var client = await ConnectAsync(postfix.Port);
        await client.ExpectAsync("EHLO client.test", "250");
        var large = string.Concat(Enumerable.Repeat(new string('p', 70) + "\r\n", 15_000));
        // The connection writes Latin-1: these two are the bytes of one letter in UTF-8.
        Assert.StartsWith("250 ", await client.SendAsync("alice@example.test", "bob@example.test", "Subject: postfix one\r\n\r\n..dotted\r\nl\u00c3\u00adne"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.SendAsync("alice@example.test", "bob@example.test", $"Subject: postfix two\r\n\r\n{large}last"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.SendAsync("alice@example.test", "nobody-here@example.test", "Subject: postfix three\r\n\r\nx"), StringComparison.Ordinal);
        await ArrivedAsync("Subject: postfix one", "\n\n.dotted\nl\u00edne\n", () => postfix.Log);
        await ArrivedAsync("Subject: postfix two", $"\n\n{large.Replace("\r\n", "\n", StringComparison.Ordinal)}last\n", () => postfix.Log);
        // Our refusal became a bounce of its own, which came back through us.
        Assert.Contains("550 5.1.1 <nobody-here@example.test>: Recipient address", await Server.MailWithAsync("alice", "Subject: Undelivered Mail Returned to Sender"), StringComparison.Ordinal);
        await Eventually.SaysAsync(() => postfix.Log, "conn_use=2");
    }

    [Fact]
    public async Task Exim()
    {
        using var exim = await EximSender.CreateAsync(Server.Submission, "alice@example.test", Server.Password("alice"));
        var large = string.Concat(Enumerable.Repeat(new string('e', 70) + "\n", 15_000));
        await exim.QueueAsync("alice@example.test", "bob@example.test", "Subject: exim one\n\n.dotted\nl\u00edne\n");
        await exim.QueueAsync("alice@example.test", "bob@example.test", $"Subject: exim two\n\n{large}");
        await exim.QueueAsync("alice@example.test", "nobody-here@example.test", "Subject: exim three\n\nx\n");
        await exim.RunQueueAsync();
        await exim.RunQueueAsync(); // the bounce
        await ArrivedAsync("Subject: exim one", "\n\n.dotted\nl\u00edne\n", () => exim.Log);
        await ArrivedAsync("Subject: exim two", "\n\n" + large, () => exim.Log);
        // It sends in chunks, which K tells, and over a connection that is open already, which the star tells.
        await Eventually.SaysAsync(() => exim.Log, "A=plain K ");
        await Eventually.SaysAsync(() => exim.Log, "[127.0.0.1]* ");
        var bounce = await Server.MailWithAsync("alice", "Subject: Mail delivery failed: returning message to sender");
        Assert.Contains("550 5.1.1 <nobody-here@example.test>: Recipient address", bounce, StringComparison.Ordinal);
    }

    private async Task ArrivedAsync(string subject, string body, Func<string>? log = null, string mechanism = "PLAIN")
    {
        try
        {
            var mail = await Server.MailWithAsync("bob", subject + "\n");
            var received = Regex.Match(mail, "with ESMTPSA id ([0-9A-Za-z]+)");
            Assert.True(received.Success, mail);
            Assert.EndsWith(body, mail, StringComparison.Ordinal);
            var (client, login) = ($"{received.Groups[1].Value}: client=", $", sasl_method={mechanism}, sasl_username=alice@example.test");
            // The mailbox may be read sooner than the log.
            await Server.SaysAsync(client, login);
        }
        catch (TimeoutException late) when (log is not null)
        {
            throw new InvalidOperationException(log(), late);
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static async Task<SmtpConnection> ConnectAsync(int port)
    {
        for (var patience = 100; ; patience--)
        {
            try
            {
                return await SmtpConnection.OpenAsync(port);
            }
            catch (System.Net.Sockets.SocketException) when (patience > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }
}
