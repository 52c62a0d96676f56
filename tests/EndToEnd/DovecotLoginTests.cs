using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Logins that a real Dovecot checks: <c>smtpd_sasl_type = "dovecot"</c>.</summary>
public sealed class DovecotLoginTests : IAsyncLifetime
{
    private DovecotAuth _dovecot = null!;
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        Command.Require("swaks", "gsasl");
        _dovecot = await DovecotAuth.StartAsync();
        _server = await RunningServer.StartAsync();
        await _server.ReconfigureAsync("smtpd_sasl_type = \"passwords\"", $"smtpd_sasl_type = \"dovecot\"\nsmtpd_sasl_path = \"{_dovecot.Socket}\"");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_dovecot is not null) await _dovecot.DisposeAsync();
    }

    private async Task<string> LogInAsync(string mechanism, string password = "pencil", string user = "alice@example.test") => (await Swaks.RunAsync(_server.Submission,
        "--tls", "--auth", mechanism, "--auth-user", user, "--auth-password", password, "--quit-after", "AUTH")).Output;

    [Fact]
    public async Task All_mechanisms_of_Dovecot_are_offered_and_work()
    {
        foreach (var mechanism in new[] { "PLAIN", "LOGIN", "CRAM-MD5" })
        {
            var right = await LogInAsync(mechanism);
            Assert.Contains("250-AUTH PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER", right, StringComparison.Ordinal);
            Assert.True(right.Contains("235 2.7.0 Authentication successful", StringComparison.Ordinal), right + string.Join('\n', _server.Output));
            Assert.Contains("535 5.7.8 Error: authentication failed: (reason unavailable)", await LogInAsync(mechanism, "pen"), StringComparison.Ordinal);
        }
        foreach (var mechanism in new[] { "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256" })
        {
            var right = await GsaslAsync(mechanism, "pencil");
            Assert.True(right.Contains("235 2.7.0 Authentication successful", StringComparison.Ordinal), right);
            Assert.Contains("535 5.7.8 Error: authentication failed: (reason unavailable)", await GsaslAsync(mechanism, "pen"), StringComparison.Ordinal);
        }
        Assert.DoesNotContain(_server.Output, line => line.Contains("pencil", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_name_is_the_one_that_Dovecot_gives()
    {
        Assert.Contains("235 2.7.0", await LogInAsync("PLAIN", user: "alice"), StringComparison.Ordinal);
        // The realm is Dovecot's, and the sender must be its own.
        var sent = await Swaks.RunAsync(_server.Submission, "--tls", "--auth", "PLAIN", "--auth-user", "alice", "--auth-password", "pencil", "--from", "bob@example.test", "--to", "alice@example.test");
        Assert.Contains("not owned by user alice@example.test", sent.Output, StringComparison.Ordinal);
        Assert.Contains("535 5.7.8", await LogInAsync("PLAIN", user: "off@example.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dovecot_may_be_on_another_machine()
    {
        await _server.ReconfigureAsync($"smtpd_sasl_path = \"{_dovecot.Socket}\"", $"smtpd_sasl_path = \"inet:localhost:{_dovecot.Port}\"");
        Assert.Contains("235 2.7.0", await LogInAsync("CRAM-MD5"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dovecot_may_be_killed_and_started_again()
    {
        Assert.Contains("235 2.7.0", await LogInAsync("PLAIN"), StringComparison.Ordinal);
        await _dovecot.KillAsync();
        var away = await LogInAsync("PLAIN");
        Assert.Contains("250-AUTH PLAIN LOGIN", away, StringComparison.Ordinal);
        Assert.Contains("454 4.7.0 Temporary authentication failure", away, StringComparison.Ordinal);
        await _dovecot.StartAgainAsync();
        Assert.Contains("235 2.7.0", await LogInAsync("PLAIN"), StringComparison.Ordinal);
    }

    private async Task<string> GsaslAsync(string mechanism, string password) => (await Command.RunAsync("gsasl",
        ["--smtp", "--starttls", "--verbose", "--connect", $"localhost:{_server.Submission}", "--x509-ca-file", "", "--mechanism", mechanism, "--authentication-id", "alice@example.test", "--no-cb", "--password", password])).Output;
}
