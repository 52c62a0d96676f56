using System.Net;
using System.Text;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

public sealed class CramMd5Tests
{
    // RFC 2195 §2.
    private const string Challenge = "<1896.697170952@postoffice.reston.mci.net>";
    private const string Digest = "b913a602c7eda7a495b4e6e7334d3890";

    private readonly FakeAccounts _accounts = new()
    {
        ["tim"] = "{PLAIN}tanstaaftanstaaf",
        ["tom"] = "{CRAM-MD5}" + Convert.ToHexString(CramMd5Key.Of("tanstaaftanstaaf"u8.ToArray()).States),
        ["joe"] = "{HMAC-MD5.b64}" + Convert.ToBase64String(CramMd5Key.Of("tanstaaftanstaaf"u8.ToArray()).States),
        ["strong"] = "{SHA256}topsecrethash",
        ["none"] = "",
        ["two words"] = "{PLAIN}tanstaaftanstaaf",
        ["tim@example.test"] = "{PLAIN}tanstaaftanstaaf",
    };

    private CramMd5Conversation Begin(string domain = "") => new(new Accounts(_accounts, "CRYPT", domain), Challenge);

    private static async Task<SaslStep> AnswerAsync(CramMd5Conversation conversation, string answer)
    {
        Assert.Equal(Challenge, Encoding.ASCII.GetString(Assert.IsType<SaslStep.Challenge>(await conversation.AdvanceAsync(null, CancellationToken.None)).Text.Span));
        return await conversation.AdvanceAsync(Encoding.UTF8.GetBytes(answer), CancellationToken.None);
    }

    [Theory]
    [InlineData("tim", Digest, true)]
    [InlineData("TIM", Digest, true)]
    [InlineData("tom", Digest, true)]
    [InlineData("joe", Digest, true)]
    [InlineData("two words", Digest, true)]
    [InlineData("tim", "b913a602c7eda7a495b4e6e7334d3891", false)]
    [InlineData("strong", Digest, false)]
    [InlineData("none", Digest, false)]
    [InlineData("nobody", Digest, false)]
    public async Task Whoever_signs_with_the_password_gets_in(string user, string digest, bool succeeds) =>
        Assert.Equal(succeeds ? new SaslStep.Success(user.ToLowerInvariant()) : new SaslStep.Failure("(reason unavailable)", user), await AnswerAsync(Begin(), $"{user} {digest}"));

    [Theory]
    [InlineData("")]
    [InlineData("tim")]
    [InlineData("tim b913")]
    [InlineData("tim xyz3a602c7eda7a495b4e6e7334d3890")]
    [InlineData(" b913a602c7eda7a495b4e6e7334d3890")]
    public async Task Malformed_answer_ends_it(string answer) => Assert.Equal(new SaslStep.Failure("(reason unavailable)"), await AnswerAsync(Begin(), answer));

    [Fact]
    public async Task The_client_may_not_speak_first() =>
        Assert.IsType<SaslStep.Failure>(await Begin().AdvanceAsync(Encoding.ASCII.GetBytes($"tim {Digest}"), CancellationToken.None));

    [Fact]
    public async Task Broken_table_is_a_temporary_failure()
    {
        _accounts.Failure = "down";
        Assert.Equal(new SaslStep.TemporaryFailure("down"), await AnswerAsync(Begin(), $"tim {Digest}"));
    }

    [Fact]
    public async Task Name_is_completed_with_the_local_domain() =>
        Assert.Equal(new SaslStep.Success("tim@example.test"), await AnswerAsync(Begin("Example.Test"), $"tim {Digest}"));

    [Fact]
    public async Task No_challenge_comes_twice()
    {
        var bench = new PluginBench(new PasswordsPlugin());
        bench.Values["smtpd_sasl_password_table"] = "accounts";
        bench.OpenTables["accounts"] = _accounts;
        await using var authenticator = bench.Authenticator("passwords");
        var context = new ClientContext(new SessionFacts { Id = "1", Client = new Client { Address = IPAddress.Loopback }, Server = new Server(IPAddress.Loopback, 465, "mx.example.test"), Listener = "x" });
        var seen = new HashSet<string>();
        for (var i = 0; i < 100; i++)
        {
            var step = await authenticator.Start("CRAM-MD5", context).AdvanceAsync(null, CancellationToken.None);
            var text = Encoding.ASCII.GetString(Assert.IsType<SaslStep.Challenge>(step).Text.Span);
            Assert.EndsWith("@mx.example.test>", text, StringComparison.Ordinal);
            Assert.True(seen.Add(text));
        }
    }

    [Fact]
    public void No_bytes_at_all_break_the_parser()
    {
        var random = new Random(2195);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Encoding.ASCII.GetBytes($"tim {Digest}");
            for (var n = random.Next(4); n >= 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (CramMd5Conversation.TryRead(bytes, out var user, out var digest)) Assert.Equal((true, 16), (user.Length > 0, digest.Length));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(54)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(64)]
    [InlineData(200)]
    public void Signature_is_that_of_the_library(int length)
    {
        var text = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        foreach (var key in new[] { "x"u8.ToArray(), new byte[64], new byte[65] })
        {
#pragma warning disable CA5351 // the mechanism is made of it
            Assert.Equal(System.Security.Cryptography.HMACMD5.HashData(key, text), CramMd5Key.Of(key).Sign(text));
#pragma warning restore CA5351
        }
    }
}
