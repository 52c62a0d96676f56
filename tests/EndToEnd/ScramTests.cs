namespace PolicyMTA.EndToEnd;

/// <summary>SCRAM-SHA-256 with GNU SASL as client, and as the maker of the stored keys.</summary>
public sealed class ScramTests
{
    private static readonly string[] Mechanism = ["--mechanism", "SCRAM-SHA-256", "--authentication-id", "alice@example.test"];

    private static async Task<CommandResult> LogInAsync(RunningServer server, string password) => await Command.RunAsync("gsasl",
        ["--smtp", "--starttls", "--verbose", "--connect", $"localhost:{server.Submission}", "--x509-ca-file", "", .. Mechanism, "--no-cb", "--password", password]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gnu_sasl_logs_in_with_the_right_password_only(bool areKeysStored)
    {
        Command.Require("gsasl");
        await using var server = await RunningServer.StartAsync();
        var stored = "{PLAIN}pencil";
        if (areKeysStored)
        {
            var made = await Command.RunAsync("gsasl", ["--mkpasswd", "--mechanism", "SCRAM-SHA-256", "--password", "pencil"]);
            stored = made.Lines.Single(line => line.StartsWith("{SCRAM-SHA-256}", StringComparison.Ordinal)).Trim();
        }
        await File.WriteAllTextAsync(Path.Combine(server.Root, "accounts"), $"alice@example.test {stored}\n");
        await server.ReconfigureAsync("smtpd_tls_auth_only = true", "smtpd_tls_auth_only = true\nsmtpd_sasl_password_table = \"texthash:accounts\"\nsmtpd_sasl_mechanism_filter = \"PLAIN, LOGIN, SCRAM-SHA-256\"");

        var right = await LogInAsync(server, "pencil");
        Assert.True(right.ExitCode == 0, right.Output + right.Errors + string.Join("\n", server.Output));
        Assert.Contains("250-AUTH PLAIN LOGIN SCRAM-SHA-256", right.Output, StringComparison.Ordinal);
        Assert.Contains("235 2.7.0 Authentication successful", right.Output, StringComparison.Ordinal);
        var wrong = await LogInAsync(server, "pen");
        Assert.Contains("535 5.7.8 Error: authentication failed: (reason unavailable)", wrong.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Output, line => line.Contains("pencil", StringComparison.Ordinal));
        await server.SaysAsync("SASL SCRAM-SHA-256 authentication failed: (reason unavailable), sasl_username=alice@example.test");
    }
}
