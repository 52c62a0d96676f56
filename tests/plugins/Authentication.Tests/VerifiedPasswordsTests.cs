using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Tests;

public sealed class VerifiedPasswordsTests
{
    private static readonly byte[] Secret = "secret"u8.ToArray();
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void What_was_right_is_known_for_a_while()
    {
        var verified = new VerifiedPasswords(TimeSpan.FromHours(1), _clock);
        verified.Add("alice", "{PLAIN}secret", Secret);
        Assert.True(verified.Contains("alice", "{PLAIN}secret", Secret));
        _clock.Advance(TimeSpan.FromSeconds(3599));
        Assert.True(verified.Contains("alice", "{PLAIN}secret", Secret));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(verified.Contains("alice", "{PLAIN}secret", Secret));
    }

    [Fact]
    public void Another_hash_password_or_user_is_not_known()
    {
        var verified = new VerifiedPasswords(TimeSpan.FromHours(1), _clock);
        verified.Add("alice", "{PLAIN}secret", Secret);
        Assert.False(verified.Contains("alice", "{PLAIN}changed", Secret));
        Assert.False(verified.Contains("alice", "{PLAIN}secret", "Secret"u8.ToArray()));
        Assert.False(verified.Contains("bob", "{PLAIN}secret", Secret));
        // Where one part ends and the next begins is part of it.
        Assert.False(verified.Contains("alice", "{PLAIN}secre", "tsecret"u8.ToArray()));
    }

    [Fact]
    public void It_never_grows_beyond_its_size()
    {
        var verified = new VerifiedPasswords(TimeSpan.FromHours(1), _clock);
        for (var i = 0; i < VerifiedPasswords.Capacity + 50; i++)
        {
            verified.Add($"user{i}", "h", Secret);
            Assert.InRange(verified.Count, 1, VerifiedPasswords.Capacity);
        }
        Assert.True(verified.Contains($"user{VerifiedPasswords.Capacity + 49}", "h", Secret));
    }

    [Fact]
    public void Without_a_time_nothing_is_kept()
    {
        var verified = new VerifiedPasswords(TimeSpan.Zero, _clock);
        verified.Add("alice", "{PLAIN}secret", Secret);
        Assert.Equal(0, verified.Count);
        Assert.False(verified.Contains("alice", "{PLAIN}secret", Secret));
    }

    [Fact]
    public async Task A_changed_or_removed_account_is_not_let_in_from_memory()
    {
        var bench = new PluginBench(new PasswordsPlugin());
        bench.Values["smtpd_sasl_password_table"] = "accounts";
        var accounts = new FakeAccounts { ["alice@example.test"] = "{PLAIN}secret" };
        bench.OpenTables["accounts"] = accounts;
        await using var authenticator = bench.Authenticator("passwords");
        Assert.IsType<SaslStep.Success>(await LogInAsync(authenticator, "alice@example.test"));
        Assert.IsType<SaslStep.Success>(await LogInAsync(authenticator, "alice@example.test"));
        accounts["alice@example.test"] = "{PLAIN}changed";
        Assert.IsType<SaslStep.Failure>(await LogInAsync(authenticator, "alice@example.test"));
        accounts.Clear();
        Assert.IsType<SaslStep.Failure>(await LogInAsync(authenticator, "alice@example.test"));
    }

    [Theory]
    [InlineData("", "alice", false)]
    [InlineData("example.test", "alice", true)]
    [InlineData("Example.TEST", "Alice", true)]
    [InlineData("example.test", "alice@example.test", true)]
    [InlineData("example.test", "alice@elsewhere.test", false)]
    public async Task A_name_without_a_domain_gets_the_local_one(string domain, string user, bool succeeds)
    {
        var bench = new PluginBench(new PasswordsPlugin());
        bench.Values["smtpd_sasl_password_table"] = "accounts";
        bench.Values["smtpd_sasl_local_domain"] = domain;
        bench.OpenTables["accounts"] = new FakeAccounts { ["alice@example.test"] = "{PLAIN}secret" };
        await using var authenticator = bench.Authenticator("passwords");
        var step = await LogInAsync(authenticator, user);
        if (succeeds) Assert.Equal(new SaslStep.Success("alice@example.test"), step);
        else Assert.IsType<SaslStep.Failure>(step);
    }

    private static async Task<SaslStep> LogInAsync(IAuthenticator authenticator, string user)
    {
        await using var conversation = authenticator.Start("PLAIN", null!);
        return await conversation.AdvanceAsync(Encoding.UTF8.GetBytes($"\0{user}\0secret"), CancellationToken.None);
    }
}
