using System.Diagnostics;
using System.Globalization;
using PolicyMTA.EndToEnd.AddressTests;
using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Aggregate reports as their receivers get them: real DNS, real clients' mail, a kill in between, and python3's own gzip, e-mail and XML modules as the reader.</summary>
public sealed class DmarcReportTests : IAsyncLifetime
{
    private const string Records = """
        author.test. TXT "v=spf1 ip4:192.0.2.10 ~all"
        _dmarc.author.test. TXT "v=DMARC1; p=reject; rua=mailto:reports@author.test!10m,mailto:in@willing.test,mailto:victim@unwilling.test,mailto:small@author.test!100"
        author.test._report._dmarc.willing.test. TXT "v=DMARC1"
        """;

    // For each row of each mail of standard input: recipient, file name, domain, source, count, disposition, spf.
    private const string Reader = """
        import sys, json, gzip, email, xml.etree.ElementTree as tree
        for line in sys.stdin:
            mail = email.message_from_string(json.loads(line))
            files = [part for part in mail.walk() if part.get_content_type() == 'application/gzip']
            assert len(files) == 1 and mail['Auto-Submitted'] == 'auto-generated' and mail['Message-ID'] and mail['Date']
            report = tree.fromstring(gzip.decompress(files[0].get_payload(decode=True)))
            space = {'d': 'urn:ietf:params:xml:ns:dmarc-2.0'}
            for record in report.findall('d:record', space):
                print(mail['To'], files[0].get_filename(), report.findtext('d:policy_published/d:domain', None, space), *(record.findtext('d:row/d:' + name, None, space)
                    for name in ('source_ip', 'count', 'policy_evaluated/d:disposition', 'policy_evaluated/d:spf')))
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly RecordingHop _receiver = new();
    private Nameserver? _nameserver;
    private RunningServer? _server;

    private RunningServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        Command.Require("python3");
        _nameserver = await Nameserver.StartAsync(Records);
        _server = await RunningServer.StartAsync(_nameserver.WrapProgram());
        foreach (var list in new[] { "client", "helo", "sender", "recipient" }) await File.WriteAllTextAsync(Path.Combine(Server.Root, "policies", list + ".js"), "export default [];\n");
        await Server.ReconfigureAsync("""mynetworks = ["127.0.0.0/8", "[::1]/128"]""", $$"""
            mynetworks = ["127.0.0.9"]
            smtpd_authorized_xclient_hosts = ["127.0.0.1"]
            smtpd_milters = ["spf", "dmarc"]
            transport_maps = "inline:{ author.test=smtp:[127.0.0.1]:{{_receiver.Port}}, willing.test=smtp:[127.0.0.1]:{{_receiver.Port}}, unwilling.test=smtp:[127.0.0.1]:{{_receiver.Port}} }"
            """);
        await File.AppendAllTextAsync(Path.Combine(Server.Root, "policymta.toml"), """

            [plugins."PolicyMTA.Filters.Dmarc"]
            reject_failures = true
            report_database = "dmarc.sqlite"
            report_interval = 3
            report_from = "dmarc@example.test"
            """);
        var result = await Server.PolicymtaAsync("reload");
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_nameserver is not null) await _nameserver.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Reports_tell_each_receiver_what_came_once_even_after_a_kill()
    {
        for (var i = 0; i < 3; i++) Assert.StartsWith("250 ", await SendAsync("192.0.2.10"), StringComparison.Ordinal);
        for (var i = 0; i < 2; i++) Assert.Equal("550 5.7.1 rejected by DMARC policy for author.test", await SendAsync("192.0.2.66"));
        await UntilAsync(5);
        await SettleAsync();
        await Server.KillAsync();
        await Server.StartAgainAsync();
        Assert.StartsWith("250 ", await SendAsync("192.0.2.10"), StringComparison.Ordinal);
        var rows = await UntilAsync(6);

        foreach (var receiver in new[] { "reports@author.test", "in@willing.test" })
        {
            Assert.Equal((4, 2), (Count(rows, receiver, "192.0.2.10 none pass"), Count(rows, receiver, "192.0.2.66 reject fail")));
        }
        // Nobody else, and nobody twice: what each got are different periods.
        Assert.Equal(["in@willing.test", "reports@author.test"], _receiver.Arrivals.Select(arrival => arrival.Recipient).Distinct().Order(StringComparer.Ordinal));
        Assert.All(_receiver.Arrivals, arrival => Assert.Equal("", arrival.Sender));
        var subjects = _receiver.Arrivals.Select(arrival => $"{arrival.Recipient} {arrival.Field("Subject")}").ToList();
        Assert.Equal(subjects.Count, subjects.Distinct().Count());
        Assert.All(rows, row => Assert.Matches("^[a-z@.]+ example\\.test!author\\.test!\\d+!\\d+![0-9a-f]{32}\\.xml\\.gz author\\.test ", row));
        Assert.Contains("policymta_dmarc_evaluations_total ", (await Server.PolicymtaAsync("metrics")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_of_a_later_version_keeps_the_configuration_from_coming_in_force()
    {
        await SendAsync("192.0.2.10");
        await UntilAsync(1);
        await Server.StopAsync();
        var change = await Command.RunAsync("python3", ["-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version = 99')", Path.Combine(Server.Root, "dmarc.sqlite")]);
        Assert.True(change.ExitCode == 0, change.Errors);
        var check = await Server.PolicymtaAsync("check");
        Assert.NotEqual(0, check.ExitCode);
        Assert.Contains("was written by a later PolicyMTA (schema 99", check.Output + check.Errors, StringComparison.Ordinal);
    }

    private async Task<string> SendAsync(string client)
    {
        await using var connection = await SmtpConnection.OpenAsync(Server.Smtp);
        await connection.ExpectAsync("EHLO trusted.test", "250");
        await connection.ExpectAsync($"XCLIENT NAME=[UNAVAILABLE] ADDR={client}", "220");
        await connection.ExpectAsync("EHLO mail.author.test", "250");
        return await connection.SendAsync("joe@author.test", "alice@example.test", "From: joe@author.test\r\nSubject: hi\r\n\r\nbody");
    }

    /// <summary>The rows of all reports, once each of the two receivers was told of so many messages.</summary>
    private async Task<List<string>> UntilAsync(int messages)
    {
        List<string> rows = [];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System))
        {
            var result = await Command.RunAsync("python3", ["-c", Reader], string.Concat(_receiver.Arrivals.Select(arrival => $"{System.Text.Json.JsonSerializer.Serialize(arrival.Content)}\n")));
            Assert.True(result.ExitCode == 0, result.Errors);
            rows = [.. result.Lines.Where(line => line.Length > 0)];
            if (Count(rows, "reports@author.test", "") >= messages && Count(rows, "in@willing.test", "") >= messages) return rows;
        }
        throw new TimeoutException($"the reports tell {string.Join('\n', rows)}\nthe server said:\n{string.Join('\n', Server.Output)}");
    }

    // What was handed over but not yet marked as delivered would come again after a kill.
    private async Task SettleAsync()
    {
        for (var watch = Stopwatch.StartNew(); (await Server.PolicymtaAsync("queue", "list")).Output != "the queue is empty\n"; await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System))
        {
            Assert.True(watch.Elapsed < Patience, "the queue does not become empty");
        }
    }

    private static int Count(List<string> rows, string receiver, string kind) =>
        rows.Select(row => row.Split(' ')).Where(row => row[0] == receiver && (kind.Length == 0 || $"{row[3]} {row[5]} {row[6]}" == kind)).Sum(row => int.Parse(row[4], CultureInfo.InvariantCulture));
}
