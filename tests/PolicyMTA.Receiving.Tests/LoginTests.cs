using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.Authentication.Tests;
using PolicyMTA.Receiving.Sessions.Logins;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

public sealed class LoginTests
{
    private const string Hello = "S: 220 *\nC: EHLO client.example\nS: ...\n";
    private const string Unavailable = "S: 454 4.7.0 Temporary authentication failure: Connection lost to authentication server\n";
    private const string StillThere = "C: NOOP\nS: 250 2.0.0 Ok";

    private static string Plain(string user, string password) => $"C: AUTH PLAIN {Accounts.Base64($"\\0{user}\\0{password}")}\n";

    private static async Task<string> PlayAsync(IAuthenticator authenticator, string script, Func<SmtpServiceSettings, SmtpServiceSettings>? change = null)
    {
        using var log = new LogLines();
        await using var server = await ReceivingServer.StartAsync(s => (change?.Invoke(s) ?? s) with { AuthFailureDelay = TimeSpan.Zero }, generation: g => g with { Authenticator = authenticator }, loggers: log);
        await server.PlayAsync(Hello + script, "submissions");
        return log.Text;
    }

    public static TheoryData<string, bool> Broken() => new()
    {
        { "throws at once", false }, { "throws later", false }, { "hangs", true }, { "asks on and on", false }, { "floods", false }, { "says nothing", false }, { "throws at start", false },
        { "ends badly", false }, { "never ends", true }, { "names nobody", false }, { "cannot say", false },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_authenticator_costs_one_reply_and_no_secret(string how, bool waits)
    {
        var authenticator = how switch
        {
            "throws at once" => new ScriptedAuthenticator(_ => throw new InvalidOperationException("alice-pw")),
            "throws later" => new ScriptedAuthenticator(async response => { await Task.Yield(); throw new InvalidOperationException(Encoding.UTF8.GetString(response!.Value.Span)); }),
            "hangs" => new ScriptedAuthenticator(_ => new ValueTask<SaslStep>(new TaskCompletionSource<SaslStep>().Task)),
            "asks on and on" => new ScriptedAuthenticator(_ => new(new SaslStep.Challenge("x"u8.ToArray()))),
            "floods" => new ScriptedAuthenticator(_ => new(new SaslStep.Challenge(new byte[SaslExchange.ChallengeLimit + 1]))),
            "says nothing" => new ScriptedAuthenticator(_ => new((SaslStep)null!)),
            "throws at start" => new ScriptedAuthenticator(_ => new(new SaslStep.Success("alice"))) { ThrowsAtStart = true },
            "ends badly" => new ScriptedAuthenticator(_ => new(new SaslStep.TemporaryFailure("down"))) { End = () => throw new InvalidOperationException("alice-pw") },
            "never ends" => new ScriptedAuthenticator(_ => new(new SaslStep.TemporaryFailure("down"))) { End = () => new ValueTask(new TaskCompletionSource().Task) },
            "names nobody" => new ScriptedAuthenticator(_ => new(new SaslStep.Success(""))),
            _ => new ScriptedAuthenticator(_ => new(new SaslStep.TemporaryFailure("down"))),
        };
        var rounds = how == "asks on and on" ? string.Concat(Enumerable.Repeat("S: 334 eA==\nC: eA==\n", SaslExchange.StepLimit)) : "";
        var log = await PlayAsync(authenticator, Plain("alice", "alice-pw") + rounds + (waits ? "W: 31s\n" : "") + Unavailable + StillThere);
        Assert.Contains("SASL PLAIN authentication could not be checked: ", log, StringComparison.Ordinal);
        Assert.DoesNotContain("alice-pw", log, StringComparison.Ordinal);
        Assert.Equal(how == "throws at start" ? 0 : 1, authenticator.Ended);
    }

    [Fact]
    public async Task A_challenge_as_long_as_may_be_is_passed_on() =>
        await PlayAsync(new ScriptedAuthenticator(response => new(response is null ? new SaslStep.Challenge(new byte[SaslExchange.ChallengeLimit]) : new SaslStep.Success("alice"))),
            $"C: AUTH PLAIN\nS: 334 {Convert.ToBase64String(new byte[SaslExchange.ChallengeLimit])}\nC:\nS: 235 2.7.0 Authentication successful");

    [Fact]
    public async Task Why_a_login_failed_is_for_the_log_only()
    {
        var log = await PlayAsync(new ScriptedAuthenticator(_ => new(new SaslStep.Failure("account locked", new string('u', 300)))),
            Plain("alice", "x") + "S: 535 5.7.8 Error: authentication failed: (reason unavailable)");
        Assert.Contains($"unknown[127.0.0.1]: SASL PLAIN authentication failed: account locked, sasl_username={new string('u', 100)} ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conversation_that_is_cut_off_ends_in_the_authenticator_too()
    {
        var authenticator = new ScriptedAuthenticator(_ => new(new SaslStep.Challenge("x"u8.ToArray())));
        await PlayAsync(authenticator, "C: AUTH PLAIN\nS: 334 eA==");
        Assert.Equal(1, authenticator.Ended);
    }

    [Theory]
    [InlineData("alice@example.test", "alice-pw", true)]
    [InlineData("bob@example.test", "bob-pw", true)]
    [InlineData("carol@example.test", "carol-pw", false)]
    [InlineData("bob@example.test", "wrong", false)]
    [InlineData("nobody@example.test", "x", false)]
    public async Task Scram_logs_in_over_tls(string user, string password, bool succeeds)
    {
        await using var accounts = new Accounts();
        await using var server = await ReceivingServer.StartAsync(
            s => s with { AuthFailureDelay = TimeSpan.Zero, Login = s.Login with { Mechanisms = Accounts.Filter("SCRAM-SHA-256") } }, generation: g => g with { Authenticator = accounts.Authenticator });
        var client = new ScramClient(user, password);
        using var line = await LineClient.ConnectAsync(server.Receiver.EndPoints["submissions"]);
        await line.AskAsync(null);
        Assert.Contains("250-AUTH SCRAM-SHA-256", await line.AskAsync("EHLO laptop.isp.test"));
        var challenge = (await line.AskAsync("AUTH SCRAM-SHA-256 " + Accounts.Base64(client.First))).Single();
        Assert.StartsWith("334 ", challenge, StringComparison.Ordinal);
        var last = (await line.AskAsync(Accounts.Base64(client.Final(LineClient.Decode(challenge))))).Single();
        if (!succeeds)
        {
            Assert.Equal("535 5.7.8 Error: authentication failed: (reason unavailable)", last);
            return;
        }
        Assert.True(client.Believes(LineClient.Decode(last)));
        Assert.Equal(["235 2.7.0 Authentication successful"], await line.AskAsync(""));
    }

    [Fact]
    public async Task No_secret_reaches_the_log()
    {
        await using var accounts = new Accounts();
        using var log = new LogLines();
        await using var server = await ReceivingServer.StartAsync(
            s => s with { AuthFailureDelay = TimeSpan.Zero, HardErrorLimit = 100, SoftErrorLimit = 100, Login = s.Login with { Mechanisms = Accounts.Filter("static:all"), ResponseLimit = 60 } },
            generation: g => g with { Authenticator = accounts.Authenticator }, loggers: log);
        string[] dialogues =
        [
            Plain("alice@example.test", "alice-pw"),
            Plain("alice@example.test", "alice-pw-wrong"),
            Plain("alice@example.test", "alice-pw")[..^2] + "\n", // broken base64
            "C: AUTH PLAIN\nS: 334 *\n" + Plain("alice@example.test", "alice-pw").Replace("AUTH PLAIN ", "", StringComparison.Ordinal),
            "C: AUTH PLAIN\nS: 334 *\nC: *\n",
            $"C: AUTH LOGIN {Accounts.Base64("alice@example.test")}\nS: 334 *\nC: {Accounts.Base64("alice-pw")}\n",
            $"C: AUTH LOGIN {Accounts.Base64("alice@example.test")}\nS: 334 *\nC: alice-pw\n",
            $"C: AUTH LOGIN {Accounts.Base64("alice@example.test")}\nS: 334 *\nC: {Accounts.Base64("alice-pw" + new string('x', 60))}\n",
            "C: AUTH PLAIN alice-pw alice-pw\n",
            "C: " + Accounts.Base64("alice-pw") + "\n",
            $"C: AUTH SCRAM-SHA-256 {Accounts.Base64("n,,n=alice@example.test,r=alice-pw-nonce")}\nS: 334 *\nC: {Accounts.Base64("c=biws,r=x,p=alice-pw")}\n",
            $"C: AUTH PLAIN {Accounts.Base64("alice-pw")}{new string('A', 3000)}\n",
        ];
        foreach (var dialogue in dialogues) await server.PlayAsync(Hello + dialogue + "S: *", "submissions");
        Assert.Contains("SASL PLAIN authentication failed", log.Text, StringComparison.Ordinal);
        foreach (var secret in new[] { "alice-pw", Accounts.Base64("alice-pw")[..8], Accounts.Base64("\\0alice@example.test\\0alice-pw")[..36], Convert.ToBase64String("xalice-pw"u8)[2..10], Convert.ToBase64String("xxalice-pw"u8)[3..11] })
        {
            Assert.DoesNotContain(secret, log.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false, "AUTH=carol@elsewhere.test", "<>")]
    [InlineData(false, "AUTH=<>", "<>")]
    [InlineData(false, "", null)]
    [InlineData(true, "AUTH=carol+2Bx@elsewhere.test", "carol+x@elsewhere.test")]
    [InlineData(true, "AUTH=a+zz", "<>")]
    [InlineData(true, "", null)]
    public async Task Who_handed_a_message_in_is_believed_only_after_a_login(bool logsIn, string parameter, string? kept)
    {
        await using var accounts = new Accounts();
        await using var server = await ReceivingServer.StartAsync(generation: g => g with { Authenticator = accounts.Authenticator });
        var login = logsIn ? Plain("alice@example.test", "alice-pw") + "S: 235 *\n" : "";
        await server.PlayAsync($"{Hello}{login}C: MAIL FROM:<alice@example.test> {parameter}\nS: 250 *\nC: RCPT TO:<bob@example.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: .\nS: 250 *", "submissions");
        Assert.Equal(kept, Assert.Single(await server.QueuedAsync()).Mail.Auth);
    }

    [Fact]
    public async Task Rules_see_what_was_claimed()
    {
        var policies = new Dictionary<string, string>(Rules.Default) { ["sender.js"] = "import { reject } from 'policymta'; export default [({ mail }) => reject(mail.auth)];" };
        await using var server = await ReceivingServer.StartAsync(policies: policies, delaysReject: false);
        await server.PlayAsync(Hello + "C: MAIL FROM:<joe@good.test> AUTH=carol@elsewhere.test\nS: 554 5.7.1 <joe@good.test>: Sender address rejected: carol@elsewhere.test");
    }

    [Theory]
    [InlineData(true, "alice@example.test", "\t(Authenticated sender: alice@example.test)\r\n\tby mx.example.test")]
    [InlineData(true, "a(b\\)\r\nX: y", "\t(Authenticated sender: a?b????X: y)\r\n\tby mx.example.test")]
    [InlineData(false, "alice@example.test", "[127.0.0.1])\r\n\tby mx.example.test")]
    public async Task The_received_field_names_the_account_where_asked(bool isAsked, string user, string expected)
    {
        await using var server = await ReceivingServer.StartAsync(
            s => s with { Login = s.Login with { NamesAccount = isAsked } }, generation: g => g with { Authenticator = new ScriptedAuthenticator(_ => new(new SaslStep.Success(user))) });
        await server.PlayAsync(Hello + "C: AUTH PLAIN =\nS: 235 *\nC: MAIL FROM:<alice@example.test>\nS: 250 *\nC: RCPT TO:<bob@example.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: .\nS: 250 *", "submissions");
        Assert.Contains(expected, await server.ContentAsync(Assert.Single(await server.QueuedAsync())), StringComparison.Ordinal);
    }

    [Fact]
    public void Base64_is_read_exactly_or_not_at_all()
    {
        var random = new Random(4954);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            var text = new StringBuilder(Convert.ToBase64String(bytes));
            Assert.True(SaslResponse.TryDecode(text.ToString(), out var decoded));
            Assert.Equal(bytes, decoded);
            if (text.Length == 0) continue;
            var at = random.Next(text.Length);
            text[at] = (char)random.Next(256);
            var isAlphabet = text.ToString().TrimEnd('=').All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/');
            if (SaslResponse.TryDecode(text.ToString(), out decoded)) Assert.True(isAlphabet && decoded.Length <= text.Length / 4 * 3);
            else Assert.Empty(decoded);
            Assert.False(SaslResponse.TryDecode(text.Insert(at, ' ').ToString(), out _));
        }
        Assert.True(SaslResponse.TryDecodeInitial("=", out var none) && none.Length == 0);
        Assert.False(SaslResponse.TryDecode("=", out _));
    }

    /// <summary>A client that says lines and hears whole replies, under TLS.</summary>
    private sealed class LineClient(TcpClient socket, SslStream stream) : IDisposable
    {
        private readonly StreamReader _reader = new(stream, Encoding.Latin1);

        internal static async Task<LineClient> ConnectAsync(EndPoint server)
        {
            var socket = new TcpClient();
            await socket.ConnectAsync((IPEndPoint)server);
            var stream = new SslStream(socket.GetStream(), false, (_, certificate, _, _) => certificate is not null);
            await stream.AuthenticateAsClientAsync("example.test");
            return new LineClient(socket, stream);
        }

        internal static string Decode(string reply) => Encoding.ASCII.GetString(Convert.FromBase64String(reply[4..]));

        internal async Task<List<string>> AskAsync(string? line)
        {
            if (line is not null) await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
            var reply = new List<string>();
            do reply.Add(await _reader.ReadLineAsync() ?? throw new IOException("closed"));
            while (reply[^1][3] == '-');
            return reply;
        }

        public void Dispose()
        {
            _reader.Dispose();
            socket.Dispose();
        }
    }
}
