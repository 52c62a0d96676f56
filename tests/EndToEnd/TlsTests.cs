namespace PolicyMTA.EndToEnd;

/// <summary>What openssl makes of our TLS.</summary>
public sealed class TlsTests(Quickstart quickstart) : IClassFixture<Quickstart>
{
    private RunningServer Server => quickstart.Server;

    private Task<CommandResult> OpensslAsync(int port, params IEnumerable<string> arguments) =>
        Command.RunAsync("sh", ["-c", "{ sleep 1; echo QUIT; sleep 1; } | openssl s_client -connect 127.0.0.1:$0 -crlf \"$@\" 2>&1", $"{port}", .. arguments]);

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task A_session_is_resumed(string option, string version)
    {
        Command.Require("openssl");
        var session = Path.Combine(Server.Root, $"session{option}");
        var first = await OpensslAsync(Server.Submission, "-starttls", "smtp", option, "-sess_out", session);
        Assert.Contains($"New, {version}", first.Output, StringComparison.Ordinal);
        var second = await OpensslAsync(Server.Submission, "-starttls", "smtp", option, "-sess_in", session);
        Assert.Contains($"Reused, {version}", second.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_1")]
    [InlineData("-tls1")]
    public async Task Old_protocols_are_refused_where_tls_is_a_must(string option)
    {
        Command.Require("openssl");
        var result = await OpensslAsync(Server.Submissions, option, "-cipher", "DEFAULT:@SECLEVEL=0");
        Assert.DoesNotContain("250 ", result.Output, StringComparison.Ordinal);
        Assert.Contains("alert protocol version", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_without_a_reload()
    {
        Command.Require("openssl");
        var folder = Path.Combine(Server.Root, "tls");
        var made = await Command.RunAsync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=renewed.example.test", "-keyout", Path.Combine(folder, "new-key.pem"), "-out", Path.Combine(folder, "new-cert.pem")]);
        Assert.True(made.ExitCode == 0, made.Errors);
        File.Move(Path.Combine(folder, "new-key.pem"), Path.Combine(folder, "key.pem"), overwrite: true);
        File.Move(Path.Combine(folder, "new-cert.pem"), Path.Combine(folder, "cert.pem"), overwrite: true);
        for (var patience = 0; patience < 75; patience++)
        {
            var shown = await OpensslAsync(Server.Submissions);
            if (shown.Output.Contains("CN = renewed.example.test", StringComparison.Ordinal)) return;
        }
        Assert.Fail("the old certificate is still shown");
    }
}
