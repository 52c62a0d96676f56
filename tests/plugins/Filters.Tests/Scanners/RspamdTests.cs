using PolicyMTA.Filters.Rspamd;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Scanners;

public sealed class RspamdTests
{
    private const string Original = "From: Joe <joe@good.test>\r\nSubject: hi\r\n\r\nbody\r\n";

    private const string Everything = """
        {"score": 7.5, "required_score": 15, "action": "add header", "symbols": {"A": {"score": 1}, "B": {}}, "subject": "s", "dkim-signature": ["v=1; a=1;\r\n\tb=x"],
         "messages": {"smtp_message": "m"}, "milter": {"add_headers": {"X-A": {"value": "a", "order": 1}, "X-B": [{"value": "b", "order": -1}, "c"]}, "remove_headers": {"X-C": 0, "X-D": [1, -1]},
         "spam_header": "X-Marked", "change_from": "<other@good.test>", "add_rcpt": ["eve@example.test"], "del_rcpt": ["bob@example.test"]}}
        """;

    [Fact]
    public async Task It_is_told_of_the_session_and_the_envelope()
    {
        await using var server = new ScannerServer(_ => Ok("""{"action": "no action", "score": 3.25, "required_score": 15, "symbols": {"A": {}, "B": {}}}"""));
        await using var play = Play(server);
        Recipient[] recipients = [new() { Address = Address.FromInternal("alice@example.test") }, new() { Address = new Address("b\r\nX: y", "example.test") }];
        Assert.Equal(Verdict.Dunno, await play.RunAsync(login: "joe", recipients: recipients));
        var heard = server.Heard.Take(TestContext.Current.CancellationToken);
        Assert.Equal(
            "POST /checkv2 HTTP/1.0\r\nIP: 192.0.2.10\r\nHelo: mail.good.test\r\nHostname: unknown\r\nFrom: <joe@good.test>\r\nRcpt: <alice@example.test>\r\nRcpt: <\"b??X: y\"@example.test>\r\nUser: joe\r\nQueue-Id: QTEST01\r\n"
            + $"MTA-Name: mx.example.test\r\nContent-Length: {Original.Length}\r\n\r\n{Original}",
            heard.Replace("\\?", "?", StringComparison.Ordinal));
        var result = play.Context.Results.Find("rspamd")!;
        Assert.Equal("no action", result.Result);
        Assert.Equal([new("score", "3.25"), new("required", "15.0"), new("symbols", "A,B")], result.Properties);
        Assert.False(result.IsPublished);
        Assert.Equal(Original, play.Queued);
    }

    [Theory]
    [InlineData("""{"action": "reject"}""", "554 5.7.1 Spam message rejected")]
    [InlineData("""{"action": "reject", "messages": {"smtp_message": "Gtube pattern\r\n250 Ok"}}""", "554 5.7.1 Gtube pattern??250 Ok")]
    [InlineData("""{"action": "reject", "milter": {"reject": "quarantine"}}""", "hold rspamd: score 0.0, required 0.0")]
    [InlineData("""{"action": "reject", "milter": {"reject": "discard"}}""", "discard")]
    [InlineData("""{"action": "reject", "milter": {"no_action": true}}""", "")]
    [InlineData("""{"action": "soft reject"}""", "451 4.7.1 Try again later")]
    [InlineData("""{"action": "soft reject", "messages": {"smtp_message": "Greylisted, try in 5 minutes"}}""", "451 4.7.1 Greylisted, try in 5 minutes")]
    [InlineData("""{"action": "greylist"}""", "")]
    [InlineData("""{"action": "no action"}""", "")]
    [InlineData("""{"action": "discard"}""", "discard")]
    [InlineData("""{"action": "quarantine"}""", "hold rspamd: score 0.0, required 0.0")]
    [InlineData("""{"action": "of the site"}""", "")]
    public async Task Its_action_decides(string answer, string expected)
    {
        await using var server = new ScannerServer(_ => Ok(answer));
        await using var play = Play(server);
        Assert.Equal(expected, Text(await play.RunAsync()));
        Assert.Equal(Original, play.Queued);
        Assert.Equal(expected.Length > 0 ? 1 : 0, play.Count("policymta_rspamd_refused_total"));
    }

    [Theory]
    [InlineData("quarantine", "hold rspamd: score 20.0, required 15.0")]
    [InlineData("accept", "")]
    public async Task What_it_rejects_can_be_held_or_left_to_policies(string reject, string expected)
    {
        await using var server = new ScannerServer(_ => Ok("""{"action": "reject", "score": 20, "required_score": 15}"""));
        await using var play = Play(server, $"\"reject\": \"{reject}\"");
        Assert.Equal(expected, Text(await play.RunAsync()));
        Assert.Equal("reject", play.Context.Results.Find("rspamd")!.Result);
    }

    [Fact]
    public async Task All_its_changes_are_made_in_its_order()
    {
        await using var server = new ScannerServer(_ => Ok(Everything));
        await using var play = Play(server);
        play.Message = new FakeMessage("X-D: 1\r\nX-C: x\r\nFrom: a@b.test\r\nX-D: 2\r\nX-Marked: No\r\nX-C: y\r\nX-D: 3\r\n\r\nbody\r\n");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal("DKIM-Signature: v=1; a=1;\r\n\tb=x\r\nX-A: a\r\nFrom: a@b.test\r\nX-D: 2\r\nX-B: b\r\nX-B: c\r\nX-Marked: Yes\r\n\r\nbody\r\n", play.Queued.Replace("X-A:a", "X-A: a", StringComparison.Ordinal));
        Assert.Equal(["from other@good.test", "add eve@example.test", "remove bob@example.test"], play.Changes);
    }

    [Theory]
    [InlineData("""{"action": "add header"}""", "X-Spam: Yes")]
    [InlineData("""{"action": "add header", "milter": {"spam_header": {"X-One": "1", "X-Two": {"value": "2"}}}}""", "X-One: 1\r\nX-Two: 2")]
    [InlineData("""{"action": "rewrite subject", "subject": "*** SPAM *** hi\r\nX: y"}""", "Subject: *** SPAM *** hi  X: y")]
    [InlineData("""{"action": "no action", "milter": {"add_headers": {"X-A": "1\r\nX-B: 2\rX\u0000"}}}""", "X-A: 1\r\n\tX-B: 2 X ")]
    public async Task It_marks_what_it_lets_pass(string answer, string last)
    {
        await using var server = new ScannerServer(_ => Ok(answer));
        await using var play = Play(server);
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.EndsWith($"\r\n{last}\r\n\r\nbody\r\n", play.Queued, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it closed the connection")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", "it closed the connection")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}", "its answer makes no sense: more bytes than its Content-Length")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", "its answer makes no sense: a Content-Length that is none")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n{}", "its answer makes no sense: more than 4194304 bytes")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "its answer makes no sense: a Transfer-Encoding, which HTTP/1.0 does not have")]
    [InlineData("HTTP/1.1 200 OK\r\nno header\r\n\r\n", "its answer makes no sense: a header line without a colon")]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", "its answer makes no sense: HTTP status 403")]
    [InlineData("SPAMD/1.1 0 EX_OK\r\n\r\n", "its answer makes no sense: it is not HTTP")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"action\": \"no action\"", "its answer makes no sense: it is not what rspamd answers")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"error\": \"x\"}", "its answer makes no sense: it is not what rspamd answers")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n[]", "its answer makes no sense: it is not what rspamd answers")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"action\": \"no action\", \"milter\": {\"add_headers\": {\"a b\": \"x\"}}}", "its answer makes no sense: a field's name that is none")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"action\": \"no action\", \"milter\": {\"remove_headers\": {\"a\": \"x\"}}}", "its answer makes no sense: a field that goes has no number")]
    public async Task What_is_no_answer_gives_the_default_action_and_changes_nothing(string answer, string reason)
    {
        await using var server = new ScannerServer(_ => answer);
        await using var play = Play(server);
        Assert.Equal(reason, await play.FailAsync());
        Assert.Equal(Original, play.Queued);
        Assert.Empty(play.Context.Results.Items);
        Assert.Equal(1, play.Count("policymta_rspamd_failures_total"));
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var server = new ScannerServer(_ => Ok($$"""{"action": "no action", "x": "{{new string('x', 4 * 1024 * 1024)}}"}""").Replace("Content-Length", "X-Length", StringComparison.Ordinal));
        await using var play = Play(server);
        Assert.Equal("its answer makes no sense: more than 4194304 bytes", await play.FailAsync());
        server.Answer = _ => "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", 101)) + "\r\n{}";
        Assert.Equal("its answer makes no sense: more than 100 header lines", await play.FailAsync());
        server.Answer = _ => Many(1001);
        Assert.Equal("its answer makes no sense: more than 1000 fields to change", await play.FailAsync());
        server.Answer = _ => Many(1000);
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal(1002, play.Message.Headers.Count);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 0)]
    public async Task A_message_above_the_limit_passes_unscanned(int more, int scanned)
    {
        await using var server = new ScannerServer(_ => Ok("""{"action": "no action"}"""));
        await using var play = Play(server, $"\"max_size\": {Original.Length + more}");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal((scanned, 1 - scanned), (server.Heard.Count, play.Count("policymta_rspamd_oversize_total")));
    }

    [Fact]
    public async Task A_slow_one_is_given_up_at_its_time()
    {
        await using var server = new ScannerServer(_ => null);
        await using var play = Play(server, "\"timeout\": 20");
        Assert.Equal("no answer within 20 s", await play.FailLateAsync(server, TimeSpan.FromSeconds(20)));
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
    public async Task It_is_asked_over_a_unix_socket_too()
    {
        using var folder = new TemporaryFolder();
        await using var server = new ScannerServer(_ => Ok("""{"action": "soft reject"}"""), path: folder.File("rspamd"));
        await using var play = Play(server);
        Assert.Equal("451 4.7.1 Try again later", Text(await play.RunAsync()));
    }

    [Fact]
    public async Task Whatever_it_answers_is_an_answer_or_a_failure()
    {
        const string Noise = "\"{}[]:,0-9a\r\n\0\u00ff";
        var random = new Random(20261123);
        var next = "";
        await using var server = new ScannerServer(_ => next);
        await using var play = Play(server);
        for (var round = 0; round < 500; round++)
        {
            var bytes = Everything.ToCharArray();
            for (var hits = random.Next(5); hits > 0; hits--) bytes[random.Next(bytes.Length)] = Noise[random.Next(Noise.Length)];
            next = Ok(new string(bytes));
            if (random.Next(5) == 0) next = next[..random.Next(next.Length)];
            play.Message = new FakeMessage(Original);
            try
            {
                await play.RunAsync();
                Assert.All(play.Message.Headers, field => Assert.DoesNotMatch("\r\n[^ \t]|\r(?!\n)|(?<!\r)\n|\0", field.Value));
            }
            catch (TemporaryFailureException)
            {
                Assert.Equal(Original, play.Queued);
            }
        }
    }

    [Theory]
    [InlineData("\"reject\": \"drop\"", "reject is reject, quarantine or accept, not 'drop'")]
    [InlineData("\"server\": \"http://localhost:11333\"", "server is HOST:PORT or unix:/PATH, not 'http://localhost:11333'")]
    [InlineData("\"server\": \"localhost:11333\"", null)]
    public void Mistakes_are_told(string options, string? mistake) => Assert.Equal(mistake is null ? [] : [mistake], new PluginBench(new RspamdPlugin()) { OptionsText = $"{{ {options} }}" }.Mistakes());

    private static ScannerPlay Play(ScannerServer server, string options = "\"reject\": \"reject\"") => new(new RspamdPlugin(), "rspamd", $"{{ \"server\": \"{server.Place}\", {options} }}");

    private static string Ok(string json) => $"HTTP/1.1 200 OK\r\nServer: rspamd/3.4\r\nContent-Length: {System.Text.Encoding.Latin1.GetByteCount(json)}\r\n\r\n{json}";

    private static string Many(int fields) => Ok("{\"action\": \"no action\", \"milter\": {\"add_headers\": {\"X\": [" + string.Join(',', Enumerable.Repeat("\"x\"", fields)) + "]}}}");

    private static string Text(Verdict verdict) => verdict switch
    {
        Verdict.Refuse refusal => $"{refusal.Code} {refusal.Status} {refusal.Text}",
        Verdict.Hold hold => $"hold {hold.Reason}",
        Verdict.Discard => "discard",
        _ => "",
    };
}
