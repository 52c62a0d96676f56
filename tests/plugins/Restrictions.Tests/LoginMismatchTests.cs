using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

public sealed class LoginMismatchTests
{
    private const string NotLoggedIn = "553 5.7.1 <{0}>: Sender address rejected: not logged in";
    private const string NotOwned = "553 5.7.1 <{0}>: Sender address rejected: not owned by user {1}";
    private readonly RestrictionBench _bench = new();

    public LoginMismatchTests()
    {
        _bench.Services.Domains["local.test"] = AddressClass.Local;
        _bench.Services.Values["smtpd_sender_login_maps"] = "none, logins";
        _bench.Services.Contents["none"] = [];
        _bench.Services.Contents["logins"] = new()
        {
            ["alice@example.test"] = "alice@example.test",
            ["sales@example.test"] = "alice@example.test, bob@example.test",
            ["@owned.test"] = "bob@example.test",
            ["root"] = "admin",
        };
    }

    [Theory]
    [InlineData(null, "alice@example.test", NotLoggedIn, NotLoggedIn, "dunno", NotLoggedIn)]
    [InlineData(null, "Alice@Example.Test", NotLoggedIn, NotLoggedIn, "dunno", NotLoggedIn)]
    [InlineData(null, "alice", NotLoggedIn, NotLoggedIn, "dunno", NotLoggedIn)]
    [InlineData("bob@example.test", "alice", NotOwned, NotOwned, NotOwned, "dunno")]
    [InlineData("alice@example.test", "alice", "dunno", "dunno", "dunno", "dunno")]
    [InlineData(null, "anyone@owned.test", NotLoggedIn, NotLoggedIn, "dunno", NotLoggedIn)]
    [InlineData(null, "root@local.test", NotLoggedIn, NotLoggedIn, "dunno", NotLoggedIn)]
    [InlineData(null, "root@elsewhere.test", "dunno", "dunno", "dunno", "dunno")]
    [InlineData(null, "joe@localhost", "dunno", "dunno", "dunno", "dunno")]
    [InlineData(null, "", "dunno", "dunno", "dunno", "dunno")]
    [InlineData("alice@example.test", "alice@example.test", "dunno", "dunno", "dunno", "dunno")]
    [InlineData("alice@example.test", "sales@example.test", "dunno", "dunno", "dunno", "dunno")]
    [InlineData("alice@example.test", "anyone@owned.test", NotOwned, NotOwned, NotOwned, "dunno")]
    [InlineData("bob@example.test", "alice@example.test", NotOwned, NotOwned, NotOwned, "dunno")]
    [InlineData("alice@example.test", "joe@elsewhere.test", NotOwned, "dunno", NotOwned, "dunno")]
    [InlineData("alice@example.test", "", "dunno", "dunno", "dunno", "dunno")]
    public async Task Who_may_use_a_sender(string? user, string sender, string both, string known, string authenticated, string unauthenticated)
    {
        _bench.User = user;
        _bench.Sender = sender;
        Assert.Equal(both.Replace("{0}", sender).Replace("{1}", user), await _bench.AskAsync("reject_sender_login_mismatch"));
        Assert.Equal(known.Replace("{0}", sender).Replace("{1}", user), await _bench.AskAsync("reject_known_sender_login_mismatch"));
        Assert.Equal(authenticated.Replace("{0}", sender).Replace("{1}", user), await _bench.AskAsync("reject_authenticated_sender_login_mismatch"));
        Assert.Equal(unauthenticated.Replace("{0}", sender).Replace("{1}", user), await _bench.AskAsync("reject_unauthenticated_sender_login_mismatch"));
    }

    [Fact]
    public async Task An_extension_belongs_to_the_owner_of_the_address()
    {
        _bench.Services.Values["recipient_delimiter"] = "+";
        _bench.Sender = "alice+news@example.test";
        Assert.Equal(NotLoggedIn.Replace("{0}", _bench.Sender), await _bench.AskAsync("reject_sender_login_mismatch"));
    }

    [Fact]
    public async Task Without_a_table_nobody_owns_anything()
    {
        _bench.Services.Values["smtpd_sender_login_maps"] = "";
        _bench.User = "alice@example.test";
        _bench.Sender = "bob@example.test";
        Assert.Equal("dunno", await _bench.AskAsync("reject_sender_login_mismatch"));
    }

    [Fact]
    public async Task A_table_that_fails_is_a_temporary_failure_and_no_leave()
    {
        _bench.Services.Values["smtpd_sender_login_maps"] = "fail:1";
        await Assert.ThrowsAsync<TemporaryFailureException>(() => _bench.AskAsync("reject_sender_login_mismatch"));
    }
}
