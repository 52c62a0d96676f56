using System.Net;
using System.Net.Sockets;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Real scanners, asked by the milters that ship.</summary>
public sealed class ScannerTests : IDisposable
{
    private readonly string _sockets = Directory.CreateTempSubdirectory("policymta-scanners-").FullName;

    private const string Head = "From: Alice <alice@sender.test>\r\nTo: Alice <alice@example.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <20261123100000.12345@mail.sender.test>\r\n";

    private const string Ham = Head + "Subject: minutes of the meeting\r\nX-Spam-Status: No, score=-100\r\n\r\nHello Alice,\r\n\r\nhere are the minutes of the meeting, as we said yesterday.\r\n..\r\nBob";

    private const string Spam = Head + "Subject: buy\r\n\r\n" + Spamd.Gtube;

    [Theory]
    [InlineData("headers", false)]
    [InlineData("headers", true)]
    [InlineData("process", false)]
    [InlineData("symbols", false)]
    [InlineData("report", false)]
    public async Task SpamAssassin_tags_ham_and_GTUBE_is_refused(string command, bool isUnix)
    {
        var (endpoint, place) = Place(isUnix, "spamd");
        await using var spamd = await Spamd.StartAsync(endpoint);
        await using var server = await StartAsync("spamassassin", "SpamAssassin", $"server = \"{place}\"\ncommand = \"{command}\"\nreject_score = 15\nscan_submissions = true");
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server, Ham), StringComparison.Ordinal);
        var mail = await server.MailWithAsync("alice", "minutes");
        Assert.Contains("X-Spam-Status: No, score=", mail, StringComparison.Ordinal);
        Assert.DoesNotContain("score=-100", mail, StringComparison.Ordinal);
        Assert.Contains("as we said yesterday.", mail, StringComparison.Ordinal);
        Assert.Equal("550 5.7.1 Blocked by SpamAssassin", await SendAsync(server, Spam));
        var metrics = (await server.PolicymtaAsync("metrics")).Output;
        Assert.Contains("policymta_spamassassin_requests_total 2", metrics, StringComparison.Ordinal);
        Assert.Contains("policymta_spamassassin_refused_total 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SpamAssassin_puts_spam_into_a_report_and_policies_see_the_score()
    {
        var (endpoint, place) = Place(isUnix: false, "spamd");
        await using var spamd = await Spamd.StartAsync(endpoint, "report_safe 1", "rewrite_header Subject [SPAM]");
        await using var server = await StartAsync("spamassassin", "SpamAssassin", $"server = \"{place}\"\ncommand = \"process\"\nscan_submissions = true");
        await File.WriteAllTextAsync(Path.Combine(server.Root, "policies", "end_of_data.js"), """
            export default [({ results, message }) => message.add_header('X-Seen', `${results.spamassassin.result} ${Number(results.spamassassin.properties.score) > 900} ${results.spamassassin.properties.tests.includes('GTUBE')}`)];
            """);
        var reload = await server.PolicymtaAsync("reload");
        Assert.True(reload.ExitCode == 0, reload.Errors);
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server, Spam), StringComparison.Ordinal);
        var mail = await server.MailWithAsync("alice", "X-Seen: spam true true");
        Assert.Contains("Subject: [SPAM] buy", mail, StringComparison.Ordinal);
        Assert.Contains("Content-Type: multipart/mixed", mail, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/rfc822", mail, StringComparison.Ordinal);
        Assert.Contains(Spamd.Gtube, mail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClamAV_refuses_what_is_infected(bool isUnix)
    {
        var (endpoint, place) = Place(isUnix, "clamd");
        await using var clamd = await Clamd.StartAsync(endpoint);
        await using var server = await StartAsync("clamav", "ClamAv", $"server = \"{place}\"\noversize = \"quarantine\"");
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server, Ham), StringComparison.Ordinal);
        await server.MailWithAsync("alice", "minutes");
        var attached = Head + "Subject: a file\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=\"a.com\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Convert.ToBase64String(System.Text.Encoding.Latin1.GetBytes(Clamd.Eicar));
        Assert.StartsWith("550 5.7.1 Virus found: Eicar-Test-Signature", await SendAsync(server, attached), StringComparison.Ordinal);
        // More than clamd takes in one stream.
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server, Head + "Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 30_000)) + "end"), StringComparison.Ordinal);
        Assert.Contains("too large to be scanned", (await server.PolicymtaAsync("queue", "list", "--json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rspamd_refuses_marks_and_rewrites()
    {
        var (endpoint, place) = Place(isUnix: false, "rspamd");
        await using var rspamd = await RspamdScanner.StartAsync((IPEndPoint)endpoint);
        await using var server = await StartAsync("rspamd", "Rspamd", $"server = \"{place}\"");
        Assert.Equal("554 5.7.1 Gtube pattern", await SendAsync(server, Spam));
        Assert.Equal("451 4.7.1 Come again", await SendAsync(server, Ham.Replace("minutes", "wait it out", StringComparison.Ordinal)));
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server, Ham.Replace("X-Spam-Status: No, score=-100", "X-Virus: none", StringComparison.Ordinal)), StringComparison.Ordinal);
        var ham = await server.MailWithAsync("alice", "minutes");
        Assert.Contains("\nX-Rspamd-Action: no action", ham, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Virus", ham, StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server, Ham.Replace("minutes", "mark it", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("\nX-Spam: Yes", await server.MailWithAsync("alice", "mark it"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server, Ham.Replace("minutes", "write it", StringComparison.Ordinal)), StringComparison.Ordinal);
        await server.MailWithAsync("alice", "Subject: *** SPAM *** write it");
    }

    [Fact]
    public async Task Scanner_that_dies_gives_the_default_action_and_mail_comes_once()
    {
        var (endpoint, place) = Place(isUnix: false, "clamd");
        var clamd = await Clamd.StartAsync(endpoint);
        await using var server = await StartAsync("clamav", "ClamAv", $"server = \"{place}\"");
        await clamd.DisposeAsync();
        Assert.Equal("451 4.7.1 Service unavailable - try again later", await SendAsync(server, Ham));
        await server.ReconfigureAsync("[\"clamav\"]", "[\"{ clamav, default_action=accept }\"]");
        Assert.StartsWith("250 2.0.0 Ok: queued as", await SendAsync(server, Ham), StringComparison.Ordinal);
        await server.MailWithAsync("alice", "minutes");
        Assert.Single(await server.MailAsync("alice"), mail => mail.Contains("minutes", StringComparison.Ordinal));
        var metrics = (await server.PolicymtaAsync("metrics")).Output;
        Assert.Contains("policymta_clamav_failures_total 2", metrics, StringComparison.Ordinal);
        Assert.Contains("policymta_milter_failures_total{milter=\"clamav\",action=\"tempfail\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("policymta_milter_failures_total{milter=\"clamav\",action=\"accept\"} 1", metrics, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_sockets, recursive: true);

    private (EndPoint Endpoint, string Place) Place(bool isUnix, string name)
    {
        var path = Path.Combine(_sockets, name);
        var port = RunningServer.FreePorts(1)[0];
        return isUnix ? (new UnixDomainSocketEndPoint(path), $"unix:{path}") : (new IPEndPoint(IPAddress.Loopback, port), $"127.0.0.1:{port}");
    }

    private static async Task<RunningServer> StartAsync(string milter, string plugin, string options)
    {
        var server = await RunningServer.StartAsync();
        try
        {
            await File.AppendAllTextAsync(Path.Combine(server.Root, "policymta.toml"), $"\n[plugins.\"PolicyMTA.Filters.{plugin}\"]\n{options}\n");
            await server.ReconfigureAsync("virtual_transport = \"maildir\"", $"virtual_transport = \"maildir\"\nsmtpd_milters = [\"{milter}\"]");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> SendAsync(RunningServer server, string content)
    {
        await using var client = await SmtpConnection.OpenAsync(server.Smtp);
        await client.ExpectAsync("EHLO localhost", "250");
        return await client.SendAsync("alice@sender.test", "alice@example.test", content);
    }
}
