using System.Net;
using System.Net.Sockets;
using PolicyMTA.Filters.SpamAssassin;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Scanners;

public sealed class SpamAssassinTests
{
    private const string Ham = "SPAMD/1.1 0 EX_OK\r\nContent-length: {0}\r\nSpam: False ; 1.5 / 5.0\r\n\r\n";
    private const string Spam = "SPAMD/1.1 0 EX_OK\r\nContent-length: {0}\r\nSpam: True ; 15.3 / 5.0\r\n\r\n";
    private const string HamFields = "X-Spam-Level: *\r\nX-Spam-Status: No, score=1.5 required=5.0 tests=A_TEST,\r\n\tB_TEST autolearn=no\r\n";

    [Fact]
    public async Task Ham_gets_the_fields_of_SpamAssassin_and_stays_as_it_is()
    {
        await using var server = new ScannerServer(heard => Reply(Ham, HamFields + Message(heard)[..(Message(heard).IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)]));
        await using var play = Play(server);
        play.Message = new FakeMessage("From: Joe <joe@good.test>\r\nX-Spam-Status: No, score=-100\r\nSubject: hi\r\n there\r\n\r\nbody\r\n");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal(HamFields + "From: Joe <joe@good.test>\r\nSubject: hi\r\n there\r\n\r\nbody\r\n", play.Queued);
        var result = play.Context.Results.Find("spamassassin")!;
        Assert.Equal("ham", result.Result);
        Assert.Equal([new("score", "1.5"), new("required", "5.0"), new("tests", "A_TEST,B_TEST")], result.Properties);
        Assert.False(result.IsPublished);
        var heard = server.Heard.Take(TestContext.Current.CancellationToken);
        Assert.StartsWith("HEADERS SPAMC/1.5\r\nContent-length: ", heard, StringComparison.Ordinal);
        Assert.StartsWith("Return-Path: <joe@good.test>\r\nReceived: from mail.good.test (unknown [192.0.2.10])\r\n\tby mx.example.test (Postfix) with ESMTP id QTEST01;\r\n\t", Message(heard), StringComparison.Ordinal);
        Assert.EndsWith("\r\nFrom: Joe <joe@good.test>\r\nSubject: hi\r\n there\r\n\r\nbody\r\n", heard, StringComparison.Ordinal);
        Assert.Equal(1, play.Count("policymta_spamassassin_requests_total"));
        Assert.Equal(0, play.Count("policymta_spamassassin_failures_total"));
    }

    [Theory]
    [InlineData(15.3, true)]
    [InlineData(15.4, false)]
    [InlineData(0, false)]
    public async Task Spam_is_refused_from_the_score_on_that_is_set(double limit, bool isRefused)
    {
        await using var server = new ScannerServer(_ => Reply(Spam, "GTUBE"));
        await using var play = Play(server, $"\"command\": \"symbols\", \"reject_score\": {limit}");
        var verdict = await play.RunAsync();
        Assert.Equal(isRefused ? "550 5.7.1 Blocked by SpamAssassin" : "", verdict is Verdict.Refuse refusal ? $"{refusal.Code} {refusal.Status} {refusal.Text}" : "");
        Assert.Equal(isRefused ? 1 : 0, play.Count("policymta_spamassassin_refused_total"));
        Assert.Equal("spam", play.Context.Results.Find("spamassassin")!.Result);
    }

    [Fact]
    public async Task Spam_below_it_can_be_held()
    {
        await using var server = new ScannerServer(_ => Reply(Spam, "GTUBE"));
        await using var play = Play(server, "\"command\": \"symbols\", \"reject_score\": 100, \"quarantine_score\": 10");
        Assert.Equal(new Verdict.Hold("spam: score 15.3, required 5.0"), await play.RunAsync());
    }

    [Fact]
    public async Task Symbols_give_fields_of_our_own()
    {
        await using var server = new ScannerServer(_ => Reply(Spam, "GTUBE,MSGID_SHORT\r\n"));
        await using var play = Play(server, "\"command\": \"symbols\"");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.StartsWith("X-Spam-Flag: YES\r\nX-Spam-Status: Yes, score=15.3 required=5.0\r\n\ttests=GTUBE,\r\n\tMSGID_SHORT\r\nFrom:", play.Queued, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_stands_in_a_field()
    {
        await using var server = new ScannerServer(_ => Reply(Ham, "Content analysis\n\n 1.5 A_TEST\rx\n"));
        await using var play = Play(server, "\"command\": \"report\"");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.StartsWith("X-Spam-Status: No, score=1.5 required=5.0\r\nX-Spam-Report: \r\n\t* Content analysis\r\n\t*  1.5 A_TESTx\r\nFrom:", play.Queued, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_takes_the_report_that_SpamAssassin_makes_of_spam()
    {
        const string Given = "Received: from x\r\nX-Spam-Flag: YES\r\nFrom: Joe <joe@good.test>\r\nSubject: [SPAM] hi\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nreport\n--b--\r\n";
        await using var server = new ScannerServer(_ => Reply(Spam, Given));
        await using var play = Play(server, "\"command\": \"process\"");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.StartsWith("X-Spam-Flag: YES\r\nFrom: Joe <joe@good.test>\r\nSubject: [SPAM] hi\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n", play.Queued, StringComparison.Ordinal);
        Assert.Equal("--b\r\nreport\r\n--b--\r\n", play.NewBody);
    }

    [Theory]
    [InlineData(Ham)]
    [InlineData(Spam)]
    public async Task Process_leaves_a_body_alone_that_is_no_report(string head)
    {
        await using var server = new ScannerServer(heard => Reply(head, "X-Spam-Level: *\r\n" + Message(heard)));
        await using var play = Play(server, "\"command\": \"process\"");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal("X-Spam-Level: *\r\nFrom: Joe <joe@good.test>\r\nSubject: hi\r\n\r\nbody\r\n", play.Queued);
        Assert.Null(play.NewBody);
    }

    [Fact]
    public async Task The_recipients_preferences_count_when_there_is_one_recipient()
    {
        await using var server = new ScannerServer(_ => Reply(Ham, "A"));
        await using var play = Play(server, "\"command\": \"symbols\", \"user\": \"spamd\", \"user_of_recipient\": true");
        var (alice, bob) = (new Recipient { Address = new Address("alice\r\nX: y", "Example.test") }, new Recipient { Address = Address.FromInternal("bob@example.test") });
        await play.RunAsync(recipients: [alice]);
        Assert.Contains("\r\nUser: alice??X: y@example.test\r\n\r\n", server.Heard.Take(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await play.RunAsync(recipients: [alice, bob]);
        Assert.Contains("\r\nUser: spamd\r\n\r\n", server.Heard.Take(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Submissions_are_scanned_where_the_options_say_so(bool isScanned)
    {
        await using var server = new ScannerServer(_ => Reply(Ham, "A"));
        await using var play = Play(server, $"\"command\": \"symbols\", \"scan_submissions\": {(isScanned ? "true" : "false")}");
        await play.RunAsync(login: "joe");
        await play.RunAsync(isInMyNetworks: true);
        Assert.Equal(isScanned ? 2 : 0, server.Heard.Count);
        if (isScanned) Assert.Contains("(Authenticated sender: joe)", server.Heard.Take(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 0)]
    public async Task A_message_above_the_limit_passes_unscanned(int more, int scanned)
    {
        await using var server = new ScannerServer(_ => Reply(Ham, "A"));
        var message = new FakeMessage("From: a@b.test\r\nX-Spam-Status: No\r\n\r\nbody\r\n");
        await using var play = Play(server, $"\"command\": \"symbols\", \"max_size\": {message.Size + more}");
        play.Message = message;
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal(scanned, server.Heard.Count);
        Assert.Equal(1 - scanned, play.Count("policymta_spamassassin_oversize_total"));
        Assert.DoesNotContain("X-Spam-Status: No\r\n", play.Queued, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_message_goes_in_pieces_whole()
    {
        await using var server = new ScannerServer(_ => Reply(Ham, "A"));
        await using var play = Play(server, "\"command\": \"symbols\", \"max_size\": 10000000");
        var body = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i}\r\n"));
        play.Message = new FakeMessage("From: a@b.test\r\n\r\n" + body);
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.EndsWith("\r\nFrom: a@b.test\r\n\r\n" + body, server.Heard.Take(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it closed the connection")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: Fal", "it closed the connection")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: False ; 1 / 5\r\n", "it closed the connection")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\n\r\n", "no Spam header")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: False ; NaN / 5\r\n\r\n", "a Spam header that is none")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: 1 / 5\r\n\r\n", "a Spam header that is none")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: Maybe ; 1 / 5\r\n\r\n", "a Spam header that is none")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nContent-length: -1\r\nSpam: False ; 1 / 5\r\n\r\n", "a Content-length that is none")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nContent-length: 90\r\nSpam: False ; 1 / 5\r\n\r\nX-Spam-Flag: NO\r\n", "it closed the connection")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\nSpam: False ; 1 / 5\r\n\r\nno field\r\n\r\n", "a header line that is none")]
    [InlineData("SPAMD/1.0 76 Bad header line: FOO\r\n", "spamd says 76")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "it is not spamd's")]
    [InlineData("\0\0\0\u0001\n", "it is not spamd's")]
    public async Task What_is_no_answer_gives_the_default_action_and_changes_nothing(string answer, string reason)
    {
        foreach (var command in (string[])["headers", "process"])
        {
            await using var server = new ScannerServer(_ => answer);
            await using var play = Play(server, $"\"command\": \"{command}\"");
            var why = await play.FailAsync();
            if (command == "headers") Assert.Contains(reason, why, StringComparison.Ordinal);
            Assert.Equal("From: Joe <joe@good.test>\r\nSubject: hi\r\n\r\nbody\r\n", play.Queued);
            Assert.Empty(play.Context.Results.Items);
            Assert.Equal(1, play.Count("policymta_spamassassin_failures_total"));
        }
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        foreach (var endless in (string[])["SPAMD/", "SPAMD/1.1 0 EX_OK\r\nA: ", "SPAMD/1.1 0 EX_OK\r\nSpam: False ; 1 / 5\r\n\r\nX-Spam-Report: "])
        {
            await using var server = new ScannerServer(_ => endless + new string('x', 1024 * 1024));
            await using var play = Play(server);
            Assert.Contains("a text of more than", await play.FailAsync(), StringComparison.Ordinal);
        }
        await using var lines = new ScannerServer(_ => "SPAMD/1.1 0 EX_OK\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", 65)));
        await using var counted = Play(lines);
        Assert.Contains("more than 64 header lines", await counted.FailAsync(), StringComparison.Ordinal);
        await using var text = new ScannerServer(_ => Reply(Ham, new string('A', 64 * 1024 + 1)));
        await using var symbols = Play(text, "\"command\": \"symbols\"");
        Assert.Contains("a text of more than 65536 bytes", await symbols.FailAsync(), StringComparison.Ordinal);
        text.Answer = _ => Reply(Ham, new string('A', 64 * 1024));
        Assert.Equal(Verdict.Dunno, await symbols.RunAsync());
    }

    [Fact]
    public async Task A_slow_one_is_given_up_at_its_time()
    {
        await using var server = new ScannerServer(_ => null);
        await using var play = Play(server, "\"timeout\": 30");
        Assert.Equal("no answer within 30 s", await play.FailLateAsync(server, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task One_that_is_not_there_has_failed()
    {
        var server = new ScannerServer(_ => null);
        await server.DisposeAsync();
        await using var play = Play(server);
        Assert.StartsWith("it can't be reached: ", await play.FailAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_takes_no_connection_is_given_up_at_its_own_time()
    {
        using var full = new Socket(SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(1);
        // Nobody accepts: what is more than the backlog holds waits.
        var waiting = Enumerable.Range(0, 8).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        var connects = waiting.Select(socket => socket.ConnectAsync(full.LocalEndPoint!)).ToList();
        while (connects.Count(connect => connect.IsCompletedSuccessfully) < 2) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        await using var play = new ScannerPlay(new SpamAssassinPlugin(), "spamassassin", $$"""{ "server": "{{full.LocalEndPoint}}", "connect_timeout": 7 }""");
        var failing = play.FailAsync();
        while (!failing.IsCompleted)
        {
            play.Bench.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        Assert.Equal("no connection within 7 s", await failing);
        waiting.ForEach(socket => socket.Dispose());
        await Task.WhenAll(connects).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task A_session_that_ends_ends_its_scan()
    {
        await using var server = new ScannerServer(_ => null);
        await using var play = Play(server);
        using var end = new CancellationTokenSource();
        var scan = play.RunAsync(token: end.Token);
        server.Heard.Take(TestContext.Current.CancellationToken);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scan);
    }

    [Fact]
    public async Task No_more_are_scanned_at_once_than_allowed_and_none_is_forgotten()
    {
        await using var server = new ScannerServer(_ => Reply(Ham, "A")) { Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var play = Play(server, "\"command\": \"symbols\", \"connections\": 2");
        var scans = Enumerable.Range(0, 6).Select(number => play.RunAsync(message: new FakeMessage($"Subject: {number}\r\n\r\nbody\r\n"))).ToList();
        for (var i = 0; i < 2; i++) server.Heard.Take(TestContext.Current.CancellationToken);
        Assert.False(server.Heard.TryTake(out _, TimeSpan.FromMilliseconds(200)));
        server.Gate.SetResult();
        Assert.All(await Task.WhenAll(scans), verdict => Assert.Equal(Verdict.Dunno, verdict));
        Assert.Equal(4, server.Heard.Count);
    }

    [Fact]
    public async Task It_is_asked_over_a_unix_socket_too()
    {
        using var folder = new TemporaryFolder();
        await using var server = new ScannerServer(_ => Reply(Ham, "A"), path: folder.File("spamd"));
        await using var play = Play(server, "\"command\": \"symbols\"");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
    }

    [Fact]
    public async Task Whatever_it_answers_is_an_answer_or_a_failure()
    {
        var random = new Random(20261123);
        var fields = HamFields + "From: Joe <joe@good.test>\r\nSubject: hi\r\n\r\n";
        string? next = null;
        await using var server = new ScannerServer(_ => next);
        foreach (var command in (string[])["headers", "process", "symbols", "report"])
        {
            await using var play = Play(server, $"\"command\": \"{command}\"");
            for (var round = 0; round < 150; round++)
            {
                var bytes = (Reply(random.Next(2) == 0 ? Ham : Spam, fields + "body\r\n") + new string('\r', random.Next(3))).ToCharArray();
                for (var hits = random.Next(6); hits > 0; hits--) bytes[random.Next(bytes.Length)] = (char)random.Next(256);
                next = new string(bytes, 0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length);
                play.Message = new FakeMessage("From: Joe <joe@good.test>\r\nSubject: hi\r\n\r\nbody\r\n");
                try
                {
                    Assert.Equal(Verdict.Dunno, await play.RunAsync());
                }
                catch (TemporaryFailureException)
                {
                    Assert.Equal("From: Joe <joe@good.test>\r\nSubject: hi\r\n\r\nbody\r\n", play.Queued);
                }
            }
        }
    }

    [Theory]
    [InlineData("\"server\": \"nowhere\"", "server is HOST:PORT or unix:/PATH, not 'nowhere'")]
    [InlineData("\"server\": \"unix:spamd\"", "server is HOST:PORT or unix:/PATH, not 'unix:spamd'")]
    [InlineData("\"server\": \"::1:783\"", "server is HOST:PORT or unix:/PATH, not '::1:783'")]
    [InlineData("\"server\": \"[::1]:783\"", null)]
    [InlineData("\"server\": \"spamd.example.test:783\"", null)]
    [InlineData("\"command\": \"check\"", "command is headers, process, symbols or report, not 'check'")]
    [InlineData("\"timeout\": 0", "timeout is 1 to 3600 seconds")]
    [InlineData("\"timeout\": 3600", null)]
    [InlineData("\"connect_timeout\": 3601", "connect_timeout is 1 to 3600 seconds")]
    [InlineData("\"connections\": 0", "connections is 1 to 1000")]
    [InlineData("\"connections\": 1000", null)]
    [InlineData("\"max_size\": 0", "max_size is at least 1 byte")]
    [InlineData("\"reject_score\": -1", "reject_score is a score above 0, or 0 for none")]
    [InlineData("\"user\": \"a b\"", "user is one word")]
    public void Mistakes_are_told(string options, string? mistake) => Assert.Equal(mistake is null ? [] : [mistake], new PluginBench(new SpamAssassinPlugin()) { OptionsText = $"{{ {options} }}" }.Mistakes());

    private static ScannerPlay Play(ScannerServer server, string options = "\"command\": \"headers\"") => new(new SpamAssassinPlugin(), "spamassassin", $"{{ \"server\": \"{server.Place}\", {options} }}");

    private static string Reply(string head, string content) => string.Format(System.Globalization.CultureInfo.InvariantCulture, head, content.Length) + content;

    private static string Message(string heard) => heard[(heard.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
}
