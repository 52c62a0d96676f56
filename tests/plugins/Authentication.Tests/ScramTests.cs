using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

public sealed class ScramTests
{
    private readonly PluginBench _bench = new(new PasswordsPlugin());
    private readonly FakeAccounts _accounts = new()
    {
        ["user"] = ScramClient.Stored("pencil"),
        ["plain"] = "{PLAIN}pencil",
        ["clear"] = "{CLEARTEXT}pencil",
        ["strong"] = "{BLF-CRYPT}$2y$05$FUKPWrS9iEHO7ziCRxLpyeq3qeSfCY83Qcw8puvUuVoQa3blKOdpK",
        ["odd"] = "{SCRAM-SHA-256}4096,salt",
        ["none"] = "",
        ["a,b=c"] = "{PLAIN}pencil",
        ["espace"] = "{PLAIN}pen\u00A0cil\u00AD",
    };

    public ScramTests()
    {
        _bench.Values["smtpd_sasl_password_table"] = "accounts";
        _bench.OpenTables["accounts"] = _accounts;
    }

    // RFC 7677 §3.
    [Fact]
    public async Task Dialogue_of_rfc_7677_goes_word_by_word()
    {
        using var hashing = new HashingGate();
        var conversation = new ScramConversation(new ScramAccounts(new Accounts(_accounts, "CRYPT", ""), ScramHash.Sha256, hashing, new byte[32], NullLogger.Instance), () => "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        Assert.Equal("", Text(await conversation.AdvanceAsync(null, CancellationToken.None)));
        Assert.Equal("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", Text(await Say(conversation, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")));
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Text(await Say(conversation,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")));
        Assert.Equal(new SaslStep.Success("user"), await Say(conversation, ""));
    }

    // RFC 5802 §5.
    [Theory]
    [InlineData("user")]
    [InlineData("user@example.test")]
    public async Task Dialogue_of_rfc_5802_goes_word_by_word(string account)
    {
        using var hashing = new HashingGate();
        var accounts = new Accounts(new FakeAccounts { [account] = ScramClient.StoredSha1 }, "CRYPT", account == "user" ? "" : "example.test");
        var conversation = new ScramConversation(new ScramAccounts(accounts, ScramHash.Sha1, hashing, new byte[32], NullLogger.Instance), () => "3rfcNHYJY1ZVvWVs7j");
        Assert.Equal("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096", Text(await Say(conversation, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")));
        Assert.Equal("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", Text(await Say(conversation, "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")));
        Assert.Equal(new SaslStep.Success(account), await Say(conversation, ""));
    }

    [Theory]
    [InlineData("user", "pencil", "n,,", true)]
    [InlineData("USER", "pencil", "n,,", true)]
    [InlineData("user", "pencil", "y,,", true)]
    [InlineData("user", "pencil", "n,a=user,", true)]
    [InlineData("plain", "pencil", "n,,", true)]
    [InlineData("clear", "pencil", "n,,", true)]
    [InlineData("a=2Cb=3Dc", "pencil", "n,,", true)]
    [InlineData("us\u00ADer", "pencil", "n,,", true)]
    [InlineData("espace", "pen cil", "n,,", true)]
    [InlineData("user", "Pencil", "n,,", false)]
    [InlineData("plain", "", "n,,", false)]
    [InlineData("nobody", "pencil", "n,,", false)]
    [InlineData("strong", "secret", "n,,", false)]
    [InlineData("odd", "pencil", "n,,", false)]
    [InlineData("none", "", "n,,", false)]
    [InlineData("user", "pencil", "n,a=plain,", false)]
    public async Task Whoever_knows_the_password_gets_in_as_himself_only(string user, string password, string header, bool succeeds)
    {
        await using var authenticator = _bench.Authenticator("passwords");
        await using var conversation = authenticator.Start("SCRAM-SHA-256", null!);
        var client = new ScramClient(user, password, header: header);
        var step = await Say(conversation, client.Final(Text(await Say(conversation, client.First))));
        if (!succeeds)
        {
            Assert.Equal(new SaslStep.Failure("(reason unavailable)", user), step);
            return;
        }
        Assert.True(client.Believes(Text(step)));
        Assert.IsType<SaslStep.Success>(await Say(conversation, ""));
    }

    [Fact]
    public async Task The_servers_proof_must_be_answered_with_nothing()
    {
        await using var conversation = _bench.Authenticator("passwords").Start("SCRAM-SHA-256", null!);
        var client = new ScramClient("user", "pencil");
        Text(await Say(conversation, client.Final(Text(await Say(conversation, client.First)))));
        Assert.IsType<SaslStep.Failure>(await Say(conversation, "x"));
    }

    [Theory]
    [InlineData("p=tls-unique,,n=user,r=abc")]
    [InlineData("x,,n=user,r=abc")]
    [InlineData(",,n=user,r=abc")]
    [InlineData("n,b=x,n=user,r=abc")]
    [InlineData("n,,m=ext,n=user,r=abc")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,n=us=er,r=abc")]
    [InlineData("n,,n=us=2cer,r=abc")]
    [InlineData("n,,n=user,r=")]
    [InlineData("n,,n=user,r=a b")]
    [InlineData("n,,n=user,s=abc")]
    [InlineData("n,,n=user")]
    [InlineData("n,,n=us\0er,r=abc")]
    [InlineData("n,,n=us\uE000er,r=abc")]
    [InlineData("")]
    public async Task Malformed_first_message_ends_it(string first)
    {
        await using var conversation = _bench.Authenticator("passwords").Start("SCRAM-SHA-256", null!);
        Assert.Equal(new SaslStep.Failure("(reason unavailable)"), await Say(conversation, first));
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public async Task Nonce_has_a_limit(int length, bool isTaken)
    {
        await using var conversation = _bench.Authenticator("passwords").Start("SCRAM-SHA-256", null!);
        Assert.Equal(isTaken, await Say(conversation, "n,,n=user,r=" + new string('x', length - 2)) is SaslStep.Challenge);
    }

    [Theory]
    [InlineData("c=eSws", null)]
    [InlineData("c=bi ws", null)]
    [InlineData(null, "rOprNGfwEbeRWgbNEkqO")]
    [InlineData(null, "")]
    public async Task Final_message_must_repeat_header_and_nonce(string? binding, string? nonce)
    {
        await using var conversation = _bench.Authenticator("passwords").Start("SCRAM-SHA-256", null!);
        var client = new ScramClient("user", "pencil");
        Assert.IsType<SaslStep.Failure>(await Say(conversation, client.Final(Text(await Say(conversation, client.First)), binding?[2..], nonce)));
    }

    [Fact]
    public async Task Nobody_learns_who_exists()
    {
        var real = Text(await First("user"));
        foreach (var user in new[] { "plain", "strong", "odd", "none", "nobody" })
        {
            var (made, again) = (Text(await First(user)), Text(await First(user)));
            Assert.Equal(Salt(made), Salt(again));
            Assert.Equal((real.Length, real[real.IndexOf(",i=", StringComparison.Ordinal)..]), (made.Length, made[made.IndexOf(",i=", StringComparison.Ordinal)..]));
            Assert.NotEqual(made, again); // the nonce
        }
        Assert.NotEqual(Salt(Text(await First("nobody"))), Salt(Text(await First("nobody2"))));
    }

    [Fact]
    public async Task Made_up_keys_follow_the_stored_ones_in_their_iterations()
    {
        _accounts["user"] = ScramClient.Stored("pencil", 5000);
        await using var authenticator = _bench.Authenticator("passwords");
        await First(authenticator, "user");
        Assert.EndsWith(",i=5000", Text(await First(authenticator, "nobody")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Salts_outlive_a_restart()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "4c4c4544\n");
        Assert.Equal(MachineSecret.Of("salts", file), MachineSecret.Of("salts", file));
        Assert.NotEqual(MachineSecret.Of("salts", file), MachineSecret.Of("others", file));
        File.Delete(file);
        Assert.NotEqual(MachineSecret.Of("salts", file), MachineSecret.Of("salts", file));
    }

    [Fact]
    public async Task Broken_table_is_a_temporary_failure()
    {
        _accounts.Failure = "down";
        Assert.Equal(new SaslStep.TemporaryFailure("down"), await First("user"));
    }

    [Fact]
    public async Task Hash_that_cannot_do_it_is_told_to_the_operator_without_it()
    {
        await First("strong");
        Assert.Equal("the stored password of strong has the scheme BLF-CRYPT, which can't be used with SCRAM-SHA-256", Assert.Single(_bench.Lines));
    }

    [Fact]
    public async Task Stored_keys_serve_a_password_sent_in_the_clear_too()
    {
        _accounts["prepared"] = ScramClient.Stored("pen cil");
        _accounts["raw"] = ScramClient.Stored("pen\u00A0cil");
        foreach (var user in new[] { "prepared", "raw" })
        {
            await using var conversation = _bench.Authenticator("passwords").Start("PLAIN", null!);
            Assert.IsType<SaslStep.Success>(await Say(conversation, $"\0{user}\0pen\u00A0cil"));
        }
    }

    [Fact]
    public async Task No_bytes_at_all_break_the_parsers()
    {
        var random = new Random(7677);
        var valid = new[] { "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", "n,a=us=2Cer,n=user,r=abc,x=y", "c=biws,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "y,,n==3D,r=~" };
        await using var authenticator = _bench.Authenticator("passwords");
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(valid[random.Next(valid.Length)]).ToList();
            for (var n = random.Next(4); n >= 0; n--)
            {
                var at = random.Next(bytes.Count);
                if (random.Next(3) == 0 && bytes.Count > 1) bytes.RemoveAt(at);
                else if (random.Next(2) == 0) bytes.Insert(at, (byte)",=\0nrcpa\u00ff"[random.Next(9)]);
                else bytes[at] = (byte)random.Next(256);
            }
            var message = bytes.ToArray();
            if (ScramClientFirst.TryParse(message, out var first))
            {
                Assert.Equal(Encoding.UTF8.GetString(message), first.Header + first.Bare);
                Assert.NotEmpty(first.User);
                Assert.DoesNotContain(first.Nonce, c => c is ',' or <= ' ' or > '~');
            }
            if (ScramClientFinal.TryParse(message, out var last)) Assert.StartsWith(last.WithoutProof + ",p=", Encoding.UTF8.GetString(message), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("I\u00ADX", "IX")]
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData("a\u3000b", "a b")]
    [InlineData("\u0007", null)]
    [InlineData("a\u200Fb", null)]
    [InlineData("\uE000", null)]
    [InlineData("\uFDD0", null)]
    [InlineData("ä\u0080", null)]
    public void Names_and_passwords_are_prepared(string text, string? prepared) =>
        Assert.Equal(prepared, SaslPrep.Prepare(Encoding.UTF8.GetBytes(text)) is { } bytes ? Encoding.UTF8.GetString(bytes) : null);

    private static string Salt(string challenge) => challenge.Split(',')[1];

    private static string Text(SaslStep step) => Encoding.ASCII.GetString(Assert.IsType<SaslStep.Challenge>(step).Text.Span);

    private static ValueTask<SaslStep> Say(ISaslConversation conversation, string text) => conversation.AdvanceAsync(Encoding.UTF8.GetBytes(text), CancellationToken.None);

    private Task<SaslStep> First(string user) => First(_bench.Authenticator("passwords"), user);

    private static async Task<SaslStep> First(IAuthenticator authenticator, string user)
    {
        await using var conversation = authenticator.Start("SCRAM-SHA-256", null!);
        return await Say(conversation, $"n,,n={user},r=abc");
    }
}
