using System.Net;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>A real saslauthd, which asks an IMAP server of the test.</summary>
public sealed class SaslauthdLoginTests : IAsyncLifetime
{
    private readonly TcpListener _imap = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private Task _serving = Task.CompletedTask;
    private Daemon _saslauthd = null!;
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        Command.Require("swaks", "saslauthd");
        _imap.Start();
        _serving = ServeAsync();
        var folder = Directory.CreateTempSubdirectory("policymta-saslauthd-").FullName;
        _saslauthd = await Daemon.StartAsync(folder, new UnixDomainSocketEndPoint(Path.Combine(folder, "mux")), "saslauthd",
            ["-d", "-r", "-n", "1", "-a", "rimap", "-O", $"127.0.0.1/{((IPEndPoint)_imap.LocalEndpoint).Port}", "-m", folder]);
        _server = await RunningServer.StartAsync();
        await _server.ReconfigureAsync("smtpd_sasl_type = \"passwords\"", $"smtpd_sasl_type = \"saslauthd\"\nsmtpd_sasl_path = \"{folder}/mux\"");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_saslauthd is not null) await _saslauthd.DisposeAsync();
        await _end.CancelAsync();
        _imap.Dispose();
        await _serving;
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task Saslauthd_decides(string mechanism)
    {
        var right = await LogInAsync(mechanism, "pencil");
        Assert.Contains("250-AUTH PLAIN LOGIN\n", right.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.True(right.Contains("235 2.7.0 Authentication successful", StringComparison.Ordinal), right + string.Join('\n', _server.Output));
        Assert.Contains("535 5.7.8 Error: authentication failed: (reason unavailable)", await LogInAsync(mechanism, "pen"), StringComparison.Ordinal);
        await _saslauthd.DisposeAsync();
        Assert.Contains("454 4.7.0 Temporary authentication failure", await LogInAsync(mechanism, "pencil"), StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Output, line => line.Contains("pencil", StringComparison.Ordinal));
    }

    private async Task<string> LogInAsync(string mechanism, string password) => (await Swaks.RunAsync(_server.Submission,
        "--tls", "--auth", mechanism, "--auth-user", "alice@example.test", "--auth-password", password, "--quit-after", "AUTH")).Output;

    // LOGIN, and whatever else, of one client at a time.
    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _imap.AcceptTcpClientAsync(_end.Token);
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.Latin1);
                await stream.WriteAsync("* OK ready\r\n"u8.ToArray(), _end.Token);
                while (await reader.ReadLineAsync(_end.Token) is { } line)
                {
                    var tag = line.Split(' ')[0];
                    var isGood = !line.Contains(" LOGIN ", StringComparison.Ordinal) || line.EndsWith(" LOGIN \"alice@example.test\" \"pencil\"", StringComparison.Ordinal);
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"{tag} {(isGood ? "OK" : "NO")} done\r\n"), _end.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }
    }
}
