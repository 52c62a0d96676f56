using System.Buffers.Binary;
using System.Text;
using PolicyMTA.Filters.ClamAv;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests.Scanners;

public sealed class ClamAvTests
{
    private const string Found = "stream: Eicar-Test-Signature FOUND\0";

    [Fact]
    public async Task A_clean_message_passes_unchanged_and_policies_know()
    {
        await using var server = new ScannerServer(_ => "stream: OK\0", HasEnd);
        await using var play = Play(server);
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal("zINSTREAM\0From: Joe <joe@good.test>\r\nSubject: hi\r\n\r\nbody\r\n", Unframed(server.Heard.Take(TestContext.Current.CancellationToken)));
        Assert.Equal("From: Joe <joe@good.test>\r\nSubject: hi\r\n\r\nbody\r\n", play.Queued);
        Assert.Equal("clean", play.Context.Results.Find("clamav")!.Result);
        Assert.False(play.Context.Results.Find("clamav")!.IsPublished);
        Assert.Equal((1, 0), (play.Count("policymta_clamav_requests_total"), play.Count("policymta_clamav_failures_total")));
    }

    [Theory]
    [InlineData("reject", "550 5.7.1 Virus found: Eicar-Test-Signature")]
    [InlineData("quarantine", "hold virus Eicar-Test-Signature")]
    [InlineData("accept", "")]
    public async Task An_infected_one_is_treated_as_the_options_say(string infected, string expected)
    {
        await using var server = new ScannerServer(_ => Found, HasEnd);
        await using var play = Play(server, $"\"infected\": \"{infected}\"");
        Assert.Equal(expected, Text(await play.RunAsync()));
        var result = play.Context.Results.Find("clamav")!;
        Assert.Equal(("infected", "Eicar-Test-Signature"), (result.Result, result.Properties[0].Value));
        Assert.Equal(expected.Length > 0 ? 1 : 0, play.Count("policymta_clamav_refused_total"));
    }

    [Theory]
    [InlineData("accept", "")]
    [InlineData("reject", "552 5.3.4 Message too large to be scanned")]
    [InlineData("tempfail", "451 4.3.4 Message too large to be scanned")]
    [InlineData("quarantine", "hold too large to be scanned for viruses")]
    public async Task What_is_too_large_for_us_or_for_clamd_is_treated_as_the_options_say(string oversize, string expected)
    {
        await using var server = new ScannerServer(_ => "INSTREAM size limit exceeded. ERROR\0", heard => heard.Length > 100_000);
        await using var play = Play(server, $"\"oversize\": \"{oversize}\", \"max_size\": 2000000");
        // clamd reads a part, answers and closes.
        play.Message = new FakeMessage("From: a@b.test\r\n\r\n" + new string('x', 1_900_000));
        Assert.Equal(expected, Text(await play.RunAsync()));
        Assert.Single(server.Heard);
        play.Message = new FakeMessage("From: a@b.test\r\n\r\n" + new string('x', 2_000_000));
        Assert.Equal(expected, Text(await play.RunAsync()));
        Assert.Single(server.Heard);
        Assert.Equal(2, play.Count("policymta_clamav_oversize_total"));
        Assert.Empty(play.Context.Results.Items);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 0)]
    public async Task The_limit_itself_is_scanned(int more, int scanned)
    {
        await using var server = new ScannerServer(_ => "stream: OK\0", HasEnd);
        await using var play = Play(server, $"\"max_size\": {new FakeMessage("From: a@b.test\r\n\r\nx\r\n").Size + more}");
        play.Message = new FakeMessage("From: a@b.test\r\n\r\nx\r\n");
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal(scanned, server.Heard.Count);
    }

    [Fact]
    public async Task A_large_message_goes_in_pieces_whole()
    {
        await using var server = new ScannerServer(_ => "stream: OK\0", HasEnd);
        await using var play = Play(server);
        var text = "From: a@b.test\r\n\r\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i}\r\n"));
        play.Message = new FakeMessage(text);
        Assert.Equal(Verdict.Dunno, await play.RunAsync());
        Assert.Equal("zINSTREAM\0" + text, Unframed(server.Heard.Take(TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Our_own_users_are_scanned_unless_the_options_say_no(bool isScanned)
    {
        await using var server = new ScannerServer(_ => Found, HasEnd);
        await using var play = Play(server, $"\"scan_submissions\": {(isScanned ? "true" : "false")}");
        Assert.Equal(isScanned, await play.RunAsync(login: "joe") is Verdict.Refuse);
        Assert.Equal(isScanned, await play.RunAsync(isInMyNetworks: true) is Verdict.Refuse);
    }

    [Theory]
    [InlineData("", "it closed the connection")]
    [InlineData("stream: OK", "it closed the connection")]
    [InlineData("UNKNOWN COMMAND\0", "its answer makes no sense: 'UNKNOWN COMMAND'")]
    [InlineData("stream: Can't allocate memory ERROR\0", "its answer makes no sense: 'stream: Can't allocate memory ERROR'")]
    [InlineData("stream:  FOUND\0", "its answer makes no sense: 'stream:  FOUND'")]
    [InlineData("stream: OKAY\0", "its answer makes no sense: 'stream: OKAY'")]
    [InlineData("\u0001\u0002\0", "its answer makes no sense: '??'")]
    public async Task What_is_no_answer_gives_the_default_action(string answer, string reason)
    {
        await using var server = new ScannerServer(_ => answer, HasEnd);
        await using var play = Play(server);
        Assert.Equal(reason, await play.FailAsync());
        Assert.Empty(play.Context.Results.Items);
        Assert.Equal(1, play.Count("policymta_clamav_failures_total"));
    }

    [Fact]
    public async Task One_that_closes_in_the_middle_of_a_message_has_failed()
    {
        await using var server = new ScannerServer(_ => "", heard => heard.Length > 100_000);
        await using var play = Play(server);
        play.Message = new FakeMessage("From: a@b.test\r\n\r\n" + new string('x', 8_000_000));
        Assert.StartsWith("it c", await play.FailAsync(), StringComparison.Ordinal); // closed the connection, or can't be reached: as the network has it
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var server = new ScannerServer(_ => "stream: " + new string('x', 4096 - 8 + 1), HasEnd);
        await using var play = Play(server);
        Assert.Equal("its answer makes no sense: a text of more than 4096 bytes", await play.FailAsync());
        server.Answer = _ => "stream: " + new string('x', 4096 - 8 - 6) + " FOUND\0";
        Assert.Equal($"550 5.7.1 Virus found: {new string('x', 200)}", Text(await play.RunAsync()));
    }

    [Fact]
    public async Task A_slow_one_is_given_up_at_its_time()
    {
        await using var server = new ScannerServer(_ => null, HasEnd);
        await using var play = Play(server, "\"timeout\": 10");
        Assert.Equal("no answer within 10 s", await play.FailLateAsync(server, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task One_that_stops_reading_is_given_up_at_its_time()
    {
        using var folder = new TemporaryFolder();
        await using var server = new ScannerServer(_ => null, heard => heard.Length > 1000, folder.File("clamd"));
        await using var play = Play(server, "\"timeout\": 10");
        play.Message = new FakeMessage("From: a@b.test\r\n\r\n" + new string('x', 8_000_000));
        Assert.Equal("no answer within 10 s", await play.FailLateAsync(server, TimeSpan.FromSeconds(10)));
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
    public async Task Whatever_it_answers_is_an_answer_or_a_failure()
    {
        var random = new Random(20261123);
        var next = "";
        await using var server = new ScannerServer(_ => next, HasEnd);
        await using var play = Play(server);
        for (var round = 0; round < 300; round++)
        {
            var text = random.Next(3) switch { 0 => "stream: OK\0", 1 => Found, _ => "INSTREAM size limit exceeded. ERROR\0" };
            var bytes = text.ToCharArray();
            for (var hits = random.Next(4); hits > 0; hits--) bytes[random.Next(bytes.Length)] = (char)random.Next(256);
            next = new string(bytes, 0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length);
            try
            {
                if (await play.RunAsync() is Verdict.Refuse refusal) Assert.DoesNotContain(refusal.Text, c => c is < ' ' or > '~');
            }
            catch (TemporaryFailureException)
            {
                Assert.Empty(play.Context.Results.Items);
            }
        }
    }

    [Theory]
    [InlineData("\"infected\": \"delete\"", "infected is reject, quarantine or accept, not 'delete'")]
    [InlineData("\"oversize\": \"scan\"", "oversize is accept, reject, tempfail or quarantine, not 'scan'")]
    [InlineData("\"server\": \"clamd\"", "server is HOST:PORT or unix:/PATH, not 'clamd'")]
    [InlineData("\"server\": \"unix:/run/clamav/clamd.ctl\"", null)]
    public void Mistakes_are_told(string options, string? mistake) => Assert.Equal(mistake is null ? [] : [mistake], new PluginBench(new ClamAvPlugin()) { OptionsText = $"{{ {options} }}" }.Mistakes());

    private static ScannerPlay Play(ScannerServer server, string options = "\"infected\": \"reject\"") => new(new ClamAvPlugin(), "clamav", $"{{ \"server\": \"{server.Place}\", {options} }}");

    private static string Text(Verdict verdict) => verdict switch
    {
        Verdict.Refuse refusal => $"{refusal.Code} {refusal.Status} {refusal.Text}",
        Verdict.Hold hold => $"hold {hold.Reason}",
        _ => "",
    };

    private static bool HasEnd(string heard) => heard.EndsWith("\0\0\0\0", StringComparison.Ordinal);

    private static string Unframed(string heard)
    {
        var bytes = Encoding.Latin1.GetBytes(heard);
        var text = new StringBuilder(heard[..10]);
        for (var at = 10; BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at)) is > 0 and var length; at += 4 + length) text.Append(heard, at + 4, length);
        return text.ToString();
    }
}
