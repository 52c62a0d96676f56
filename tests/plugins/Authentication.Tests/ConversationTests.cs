using System.Net;
using System.Text;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

public sealed class ConversationTests
{
    private static readonly ClientContext Context = new(new SessionFacts
    {
        Id = "1",
        Client = new Client { Address = IPAddress.Loopback },
        Server = new Server(IPAddress.Loopback, 465, "example.test"),
        Listener = "submissions",
    });

    private readonly PluginBench _bench = new(new PasswordsPlugin());
    private readonly FakeAccounts _accounts = new()
    {
        ["alice@example.test"] = "{PLAIN}alice-pw",
        ["des@example.test"] = "{OTP}whatever",
        ["odd@example.test"] = "{SHA256}topsecrethash",
        ["none@example.test"] = "",
    };

    public ConversationTests()
    {
        _bench.Values["smtpd_sasl_password_table"] = "accounts";
        _bench.OpenTables["accounts"] = _accounts;
    }

    [Fact]
    public async Task What_shows_the_least_comes_after_what_every_client_can()
    {
        await using var authenticator = _bench.Authenticator("passwords");
        Assert.Equal(["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"], authenticator.Mechanisms.Select(m => m.Name));
        Assert.Equal([true, true, false, false, false], authenticator.Mechanisms.Select(m => m.IsPlaintext));
        Assert.Equal([false, false, true, true, false], authenticator.Mechanisms.Select(m => m.IsMutual));
    }

    [Theory]
    [InlineData("\0alice@example.test\0alice-pw", true)]
    [InlineData("\0ALICE@Example.test\0alice-pw", true)]
    [InlineData("alice@example.test\0alice@example.test\0alice-pw", true)]
    [InlineData("Alice@example.test\0alice@example.test\0alice-pw", true)]
    [InlineData("bob@example.test\0alice@example.test\0alice-pw", false)]
    [InlineData("\0alice@example.test\0wrong", false)]
    [InlineData("\0alice@example.test\0ALICE-PW", false)]
    [InlineData("\0alice@example.test\0", false)]
    [InlineData("\0nobody@example.test\0alice-pw", false)]
    [InlineData("\0none@example.test\0", false)]
    [InlineData("\0' OR 1=1 --\0x", false)]
    [InlineData("\0\0alice-pw", false)]
    [InlineData("alice@example.test", false)]
    [InlineData("alice@example.test\0alice-pw", false)]
    [InlineData("\0alice@example.test\0alice-pw\0", false)]
    [InlineData("\0al\nice@example.test\0alice-pw", false)]
    [InlineData("", false)]
    public async Task Plain_takes_one_response(string response, bool succeeds)
    {
        var step = await Say("PLAIN", response);
        if (succeeds) Assert.Equal(new SaslStep.Success("alice@example.test"), step);
        else Assert.Equal("(reason unavailable)", Assert.IsType<SaslStep.Failure>(step).Reason);
    }

    [Fact]
    public async Task Failure_names_who_was_tried() =>
        Assert.Equal(new SaslStep.Failure("(reason unavailable)", "nobody@example.test"), await Say("PLAIN", "\0Nobody@example.test\0x"));

    [Fact]
    public async Task Plain_without_initial_response_gets_an_empty_challenge()
    {
        await using var conversation = _bench.Authenticator("passwords").Start("PLAIN", Context);
        var challenge = Assert.IsType<SaslStep.Challenge>(await conversation.AdvanceAsync(null, CancellationToken.None));
        Assert.True(challenge.Text.IsEmpty);
        Assert.IsType<SaslStep.Success>(await conversation.AdvanceAsync("\0alice@example.test\0alice-pw"u8.ToArray(), CancellationToken.None));
    }

    [Fact]
    public async Task Login_asks_for_name_and_password()
    {
        await using var conversation = _bench.Authenticator("passwords").Start("LOGIN", Context);
        Assert.Equal("Username:", Challenge(await conversation.AdvanceAsync(null, CancellationToken.None)));
        Assert.Equal("Password:", Challenge(await conversation.AdvanceAsync("Alice@example.test"u8.ToArray(), CancellationToken.None)));
        Assert.Equal(new SaslStep.Success("alice@example.test"), await conversation.AdvanceAsync("alice-pw"u8.ToArray(), CancellationToken.None));
    }

    [Fact]
    public async Task Login_takes_the_name_as_initial_response()
    {
        Assert.IsType<SaslStep.Success>(await Say("LOGIN", "alice@example.test", "alice-pw"));
        Assert.IsType<SaslStep.Failure>(await Say("LOGIN", "alice@example.test", "wrong"));
        Assert.IsType<SaslStep.Failure>(await Say("LOGIN", "", "alice-pw"));
    }

    [Fact]
    public async Task Name_outlives_the_buffer_it_came_in()
    {
        await using var conversation = _bench.Authenticator("passwords").Start("LOGIN", Context);
        var buffer = "alice@example.test"u8.ToArray();
        await conversation.AdvanceAsync(buffer, CancellationToken.None);
        Array.Clear(buffer);
        Assert.IsType<SaslStep.Success>(await conversation.AdvanceAsync("alice-pw"u8.ToArray(), CancellationToken.None));
    }

    [Fact]
    public async Task Broken_table_is_a_temporary_failure()
    {
        _accounts.Failure = "down";
        Assert.IsType<SaslStep.TemporaryFailure>(await Say("PLAIN", "\0alice@example.test\0alice-pw"));
    }

    [Fact]
    public async Task Unsupported_scheme_is_a_temporary_failure_that_names_it()
    {
        var failure = Assert.IsType<SaslStep.TemporaryFailure>(await Say("PLAIN", "\0des@example.test\0secret"));
        Assert.Contains("OTP", failure.Reason);
        Assert.DoesNotContain("whatever", failure.Reason);
    }

    [Fact]
    public async Task Malformed_hash_is_logged_without_it()
    {
        Assert.IsType<SaslStep.Failure>(await Say("PLAIN", "\0odd@example.test\0mine"));
        Assert.Equal("the stored password of odd@example.test is no valid SHA256 hash", Assert.Single(_bench.Lines));
    }

    [Fact]
    public async Task Unknown_user_never_gets_in_with_the_password_of_another()
    {
        await using var authenticator = _bench.Authenticator("passwords");
        Assert.IsType<SaslStep.Success>(await Say(authenticator, "PLAIN", "\0alice@example.test\0alice-pw"));
        Assert.IsType<SaslStep.Failure>(await Say(authenticator, "PLAIN", "\0nobody@example.test\0alice-pw"));
    }

    [Theory]
    [InlineData("smtpd_sasl_password_table", "")]
    [InlineData("smtpd_sasl_default_scheme", "ROT13")]
    public void Wrong_settings_are_mistakes(string name, string value)
    {
        _bench.Values[name] = value;
        Assert.Contains(name, Assert.Throws<ConfigurationException>(() => _bench.Authenticator("passwords")).Message);
    }

    [Fact]
    public async Task Many_log_in_at_once()
    {
        await using var authenticator = _bench.Authenticator("passwords");
        await Parallel.ForAsync(0, 200, async (n, _) =>
            Assert.Equal(n % 2 == 0, await Say(authenticator, "PLAIN", "\0alice@example.test\0" + (n % 2 == 0 ? "alice-pw" : "x")) is SaslStep.Success));
    }

    private static string Challenge(SaslStep step) => Encoding.ASCII.GetString(Assert.IsType<SaslStep.Challenge>(step).Text.Span);

    private Task<SaslStep> Say(string mechanism, params string[] responses) => Say(_bench.Authenticator("passwords"), mechanism, responses);

    private static async Task<SaslStep> Say(IAuthenticator authenticator, string mechanism, params string[] responses)
    {
        await using var conversation = authenticator.Start(mechanism, Context);
        SaslStep? step = null;
        foreach (var response in responses) step = await conversation.AdvanceAsync(Encoding.UTF8.GetBytes(response), CancellationToken.None);
        return step!;
    }
}
