using System.Text;
using PolicyMTA.Delivery.Client.Logins;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

/// <summary>Logins at relay hosts (RFC 4954).</summary>
public sealed class LoginTests
{
    private const string Transaction = "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";
    private static readonly Login Tim = new("tim", "tanstaaftanstaaf");

    private static string Offer(string mechanisms) => $"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-AUTH {mechanisms}\nS: 250 PIPELINING\n";

    private static string Secured(string mechanisms) => $"S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\nC: EHLO *\nS: 250-hi\nS: 250-AUTH {mechanisms}\nS: 250 PIPELINING\n";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static Task<RecipientOutcome> SendAsync(ScriptedServer server, ClientLogins? logins = null) => SendAsync(server, logins ?? Passwords((Hop(server), "tim:secret:word")), "joe@good.test");

    private static async Task<RecipientOutcome> SendAsync(ScriptedServer server, ClientLogins logins, string sender)
    {
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Logins = logins } });
        return (await office.SendAsync(Post.Message(sender: sender), Hop(server), "smtp", "x@remote.test"))[0];
    }

    private static string Hop(ScriptedServer server) => $"[127.0.0.1]:{server.Port}";

    private static ClientLogins Passwords(params (string, string)[] entries) => new() { PasswordMaps = [new FakeTable(entries)] };

    [Fact]
    public async Task Plain_goes_under_tls_with_a_password_that_has_colons()
    {
        await using var server = ScriptedServer.Start(Secured("PLAIN LOGIN") + $"C: AUTH PLAIN {Base64("\0tim\0secret:word")}\nS: 235 2.7.0 ok\n" + Transaction);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server)).Action);
    }

    [Fact]
    public async Task Login_answers_two_prompts()
    {
        await using var server = ScriptedServer.Start(Secured("LOGIN") + $"C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {Base64("tim")}\nS: 334 UGFzc3dvcmQ6\nC: {Base64("secret:word")}\nS: 235 2.7.0 ok\n" + Transaction);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server)).Action);
    }

    [Fact]
    public void Cram_md5_answers_as_in_its_rfc()
    {
        var answer = new CramMd5Exchange(Tim).Answer("<1896.697170952@postoffice.reston.mci.net>"u8);
        Assert.Equal("tim b913a602c7eda7a495b4e6e7334d3890", Encoding.ASCII.GetString(answer!));
    }

    [Theory]
    [InlineData(false, "fyko+d2lbbFgONRv9qkxdawL", "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")]
    [InlineData(true, "rOprNGfwEbeRWgbNEkqO", "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")]
    public void Scram_answers_as_in_its_rfcs(bool isSha256, string nonce, string first, string expected, string final)
    {
        var login = new Login("user", "pencil");
        var exchange = isSha256 ? ScramExchange.Sha256(login, nonce) : ScramExchange.Sha1(login, nonce);
        Assert.Equal($"n,,n=user,r={nonce}", Encoding.ASCII.GetString(exchange.Start()));
        Assert.Equal(expected, Encoding.ASCII.GetString(exchange.Answer(Encoding.ASCII.GetBytes(first))!));
        Assert.False(exchange.IsProven);
        Assert.Equal([], exchange.Answer(Encoding.ASCII.GetBytes(final))!);
        Assert.True(exchange.IsProven);
    }

    [Theory]
    [InlineData("r=other,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("r=mine,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("r=mineand,s=QSXCR+Q6sek8bf92,i=4095")]
    [InlineData("r=mineand,s=QSXCR+Q6sek8bf92,i=1000001")]
    [InlineData("r=mineand,s=!,i=4096")]
    [InlineData("m=new,r=mineand,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("")]
    public void Scram_challenge_that_is_wrong_is_not_answered(string first) =>
        Assert.Null(ScramExchange.Sha256(Tim, "mine").Answer(Encoding.ASCII.GetBytes(first)));

    [Fact]
    public void Scram_server_that_does_not_know_the_password_is_found_out()
    {
        var exchange = ScramExchange.Sha256(new Login("a=b,c", "p"), "mine");
        Assert.Equal("n,,n=a=3Db=2Cc,r=mine", Encoding.ASCII.GetString(exchange.Start()));
        Assert.NotNull(exchange.Answer("r=mineand,s=QSXCR+Q6sek8bf92,i=4096"u8));
        Assert.Null(exchange.Answer("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8));
        Assert.False(exchange.IsProven);
    }

    [Fact]
    public void Challenges_of_any_bytes_are_answered_or_not_and_never_break()
    {
        var random = new Random(4954);
        foreach (var mechanism in ClientLogins.Known)
        {
            for (var i = 0; i < 300; i++)
            {
                var exchange = SaslExchange.Create(mechanism.Name, Tim);
                _ = exchange.Start();
                for (var step = 0; step < 3; step++)
                {
                    var challenge = new byte[random.Next(60)];
                    random.NextBytes(challenge);
                    _ = exchange.Answer(challenge);
                    _ = exchange.Answer(Encoding.ASCII.GetBytes($"r=x,s={random.Next(99)},i={random.Next(9)}v=,"[random.Next(12)..]));
                }
                Assert.Equal(!mechanism.Name.StartsWith("SCRAM", StringComparison.Ordinal), exchange.IsProven);
            }
        }
    }

    [Fact]
    public async Task Scram_server_that_says_yes_without_proof_gets_no_mail()
    {
        await using var server = ScriptedServer.Start(Offer("SCRAM-SHA-256") + "C: AUTH SCRAM-SHA-256 *\nS: 235 2.7.0 come in\nHANG");
        var outcome = await SendAsync(server);
        Assert.Equal((DeliveryAction.Deferred, "4.7.0"), (outcome.Action, outcome.Status.ToString()));
        Assert.Contains("did not prove", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plaintext_mechanism_is_not_used_in_plain_text()
    {
        await using var server = ScriptedServer.Start(Offer("PLAIN LOGIN") + "HANG");
        var outcome = await SendAsync(server);
        Assert.Equal("SASL authentication failed: server 127.0.0.1[127.0.0.1] offered no compatible authentication mechanisms for this type of connection security", outcome.Text);
        Assert.Equal((DeliveryAction.Deferred, "4.7.0"), (outcome.Action, outcome.Status.ToString()));
    }

    [Fact]
    public async Task Best_mechanism_of_both_is_taken()
    {
        await using var server = ScriptedServer.Start(Offer("PLAIN CRAM-MD5 DIGEST-MD5") + "C: AUTH CRAM-MD5\nS: 334 PDE+\nC: *\nS: 235 2.7.0 ok\n" + Transaction);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server)).Action);
    }

    [Theory]
    [InlineData(true, "535 5.7.8 no", DeliveryAction.Deferred, "4.7.8")]
    [InlineData(false, "535 5.7.8 no", DeliveryAction.Failed, "5.7.8")]
    [InlineData(false, "454 4.7.0 later", DeliveryAction.Deferred, "4.7.0")]
    public async Task Refused_login_defers_unless_it_shall_not(bool isSoft, string reply, DeliveryAction action, string status)
    {
        await using var server = ScriptedServer.Start(Secured("PLAIN") + $"C: AUTH PLAIN *\nS: {reply}\nHANG");
        var outcome = await SendAsync(server, Passwords((Hop(server), "tim:wrong")) with { IsRefusalTemporary = isSoft });
        Assert.Equal((action, status, $"SASL authentication failed; server 127.0.0.1[127.0.0.1] said: {reply}"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Theory]
    [InlineData("334 ")]
    [InlineData("334 ???")]
    public async Task Challenge_that_makes_no_sense_ends_the_login(string challenge)
    {
        await using var server = ScriptedServer.Start(Offer("CRAM-MD5") + $"C: AUTH CRAM-MD5\nS: {challenge}\nC: *\nS: 501 5.5.4 given up\nHANG");
        var outcome = await SendAsync(server);
        Assert.EndsWith("bad challenge", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("*", server.Heard);
    }

    [Fact]
    public async Task Server_that_asks_for_ever_is_left()
    {
        await using var server = ScriptedServer.Start(Secured("PLAIN") + "C: AUTH PLAIN *\n" + string.Concat(Enumerable.Repeat("S: 334 \nC: *\n", 9)) + "S: 501 no\nHANG");
        Assert.Contains("bad challenge", (await SendAsync(server)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_without_logins_gets_the_mail_as_from_anybody()
    {
        await using var server = ScriptedServer.Start("S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 PIPELINING\n" + Transaction);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server)).Action);
    }

    [Fact]
    public async Task Host_is_asked_for_behind_the_next_hop_and_the_sender_before_it()
    {
        var maps = new FakeTable(("127.0.0.1", "host:h"), ("joe@good.test", "joe:j"), ("@good.test", "good:g"));
        foreach (var (isSenderDependent, sender, user) in new[] { (false, "joe@good.test", "host"), (true, "joe@good.test", "joe"), (true, "ann@good.test", "good"), (true, "", "host") })
        {
            await using var server = ScriptedServer.Start(Secured("PLAIN") + $"C: AUTH PLAIN {Base64($"\0{user}\0{user[0]}")}\nS: 235 2.7.0 ok\n" + Transaction);
            var outcome = await SendAsync(server, new ClientLogins { PasswordMaps = [maps], IsSenderDependent = isSenderDependent }, sender);
            Assert.Equal((DeliveryAction.Delivered, user), (outcome.Action, user));
        }
    }

    [Fact]
    public async Task Table_that_is_broken_keeps_the_mail()
    {
        await using var server = ScriptedServer.Start(Offer("PLAIN") + "HANG");
        var outcome = await SendAsync(server, Passwords((Hop(server), "!")));
        Assert.Equal((DeliveryAction.Deferred, "4.3.0", "Temporary lookup error"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
        Assert.Empty(server.Heard);
    }

    [Fact]
    public async Task Kept_connection_serves_only_its_own_login()
    {
        static string Session(string user) => Secured("PLAIN") + $"C: AUTH PLAIN {Base64($"\0{user}\0p")}\nS: 235 2.7.0 ok\n" + Transaction;
        await using var server = ScriptedServer.Start(Session("ann"), Session("joe"));
        var logins = new ClientLogins { PasswordMaps = [new FakeTable(("ann@good.test", "ann:p"), ("joe@good.test", "joe:p"))], IsSenderDependent = true };
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Logins = logins } });
        // The script plays one connection after the other: the first is let go before the second is begun.
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync(Post.Message(sender: "ann@good.test"), Hop(server), "smtp", "x@remote.test"))[0].Action);
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync(Post.Message(sender: "joe@good.test"), Hop(server), "smtp", "x@remote.test"))[0].Action);
        await server.FinishAsync();
    }

    [Fact]
    public async Task Broken_tls_does_not_send_a_login_into_plain_text()
    {
        await using var server = ScriptedServer.Start("S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nBADTLS\nHANG", Offer("CRAM-MD5") + "HANG");
        var outcome = await SendAsync(server);
        Assert.Equal((DeliveryAction.Deferred, "4.7.5"), (outcome.Action, outcome.Status.ToString()));
        Assert.DoesNotContain(server.Heard, l => l.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public void Login_tells_its_user_only() => Assert.Equal("tim", Tim.ToString());
}
