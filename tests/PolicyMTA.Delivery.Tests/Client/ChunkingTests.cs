using System.Text;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

/// <summary>Content in chunks for servers that offer CHUNKING (RFC 3030).</summary>
public sealed class ChunkingTests
{
    private const string Session = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-CHUNKING\nS: 250 PIPELINING\n";
    private const string Envelope = "C: MAIL *\nC: RCPT *\nS: 250 2.0.0 ok\nS: 250 2.1.5 ok\n";
    private const string Small = "Subject: s\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n";
    private const int ChunkSize = 256 * 1024;

    [Fact]
    public async Task Small_message_leaves_in_one_chunk_with_its_dots_as_they_are()
    {
        await using var server = ScriptedServer.Start(Session + Envelope + "C: BDAT 32 LAST\nS: 250 2.0.0 taken\nC: QUIT\n");
        var outcome = await SendAsync(server, Small);
        Assert.Equal((DeliveryAction.Delivered, "250 2.0.0 taken"), (outcome.Action, outcome.Text));
        Assert.Equal([Small], server.Contents);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Large_message_leaves_in_chunks_whole_and_in_order(bool isPipelined)
    {
        var content = Large(ChunkSize * 20 + 12_345);
        var chunks = string.Concat(Enumerable.Repeat("C: BDAT *\nS: 250 more\n", 20));
        var session = isPipelined ? Session + Envelope : "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 CHUNKING\nC: MAIL *\nS: 250 2.0.0 ok\nC: RCPT *\nS: 250 2.1.5 ok\n";
        await using var server = ScriptedServer.Start(session + chunks + "C: BDAT *\nS: 250 2.0.0 taken\nC: QUIT\n");
        Assert.Equal("250 2.0.0 taken", (await SendAsync(server, content)).Text);
        Assert.Equal(content, string.Concat(server.Contents));
        Assert.Single(server.Heard, line => line.EndsWith(" LAST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_that_refuses_a_chunk_gets_no_more_than_those_on_their_way()
    {
        const string Unheard = "C: BDAT *\nC: BDAT *\nC: BDAT *\nC: BDAT *\nC: BDAT *\nC: BDAT *\nC: BDAT *\nC: BDAT *\n";
        await using var server = ScriptedServer.Start(Session + Envelope + Unheard + "S: 552 5.3.4 too much\n" + string.Concat(Enumerable.Repeat("S: 503 5.5.1 refused before\n", 7)) + "C: RSET\nS: 250 ok\nC: QUIT\n");
        var outcome = await SendAsync(server, Large(ChunkSize * 40));
        Assert.Equal((DeliveryAction.Failed, "host 127.0.0.1[127.0.0.1] said: 552 5.3.4 too much (in reply to BDAT command)"), (outcome.Action, outcome.Text));
    }

    [Fact]
    public async Task Refusal_heard_with_the_last_chunk_on_its_way_counts_for_all_of_it()
    {
        await using var server = ScriptedServer.Start(Session + Envelope + "C: BDAT 262*\nC: BDAT *\nS: 451 4.3.0 later\nS: 503 5.5.1 refused before\nC: RSET\nS: 250 ok\nC: QUIT\n");
        var outcome = await SendAsync(server, Large(ChunkSize + 1000));
        Assert.Equal((DeliveryAction.Deferred, "host 127.0.0.1[127.0.0.1] said: 451 4.3.0 later (in reply to BDAT command)"), (outcome.Action, outcome.Text));
    }

    [Fact]
    public async Task Last_chunk_that_is_refused_is_the_verdict()
    {
        await using var server = ScriptedServer.Start(Session + Envelope + "C: BDAT 32 LAST\nS: 554 5.7.1 spam\nC: QUIT\n");
        var outcome = await SendAsync(server, Small);
        Assert.Equal((DeliveryAction.Failed, "host 127.0.0.1[127.0.0.1] said: 554 5.7.1 spam (in reply to end of DATA command)"), (outcome.Action, outcome.Text));
    }

    [Fact]
    public async Task Nothing_of_a_message_is_sent_that_nobody_is_to_get()
    {
        await using var server = ScriptedServer.Start(Session + "C: MAIL *\nC: RCPT *\nS: 250 ok\nS: 550 5.1.1 unknown\nC: RSET\nS: 250 ok\nC: QUIT\n");
        Assert.Equal(DeliveryAction.Failed, (await SendAsync(server, Small)).Action);
    }

    [Fact]
    public async Task Chunks_can_be_turned_off_and_data_is_used()
    {
        await using var server = ScriptedServer.Start(Session + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\nC: QUIT\n");
        var settings = Office.Settings() with { Smtp = new() { DiscardedKeywords = ["chunking"] } };
        Assert.Equal("250 2.0.0 taken", (await SendAsync(server, Small, settings)).Text);
    }

    [Fact]
    public async Task Bare_line_ends_leave_clean_and_the_chunk_is_as_long_as_it_says()
    {
        await using var server = ScriptedServer.Start(Session + Envelope + "C: BDAT *\nS: 250 2.0.0 taken\nC: QUIT\n");
        await SendAsync(server, "Subject: s\n\nbare\n.\nno end");
        Assert.Equal(["Subject: s\r\n\r\nbare\r\n.\r\nno end\r\n"], server.Contents);
    }

    private static string Large(int length)
    {
        var text = new StringBuilder("Subject: large\r\n\r\n");
        for (var line = 0; text.Length < length - 2; line++) text.Append(line % 7 == 0 ? "." : "").Append(line).Append(" of many\r\n");
        return text.ToString();
    }

    private static async Task<RecipientOutcome> SendAsync(ScriptedServer server, string content, DeliverySettings? settings = null)
    {
        RecipientOutcome outcome;
        await using (var office = new Office(settings))
        {
            outcome = (await office.SendAsync(Post.Message(content), $"[127.0.0.1]:{server.Port}", "smtp", "x@remote.test"))[0];
        }
        await server.FinishAsync();
        return outcome;
    }
}
