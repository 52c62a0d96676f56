using PolicyMTA.EndToEnd.Peers;

namespace PolicyMTA.EndToEnd;

/// <summary>Postfix's <c>smtp-sink</c> as the next hop, in each of its ways to fail.</summary>
public sealed class SinkTests(RelayServer relay) : IClassFixture<RelayServer>
{
    private const string Hard = "500 5.3.0 Error: command failed";
    private const string Soft = "450 4.3.0 Error: command failed";

    [Theory]
    [InlineData("-c", "sent", "250 2.0.0 Ok")]
    [InlineData("-f CONNECT", "deferred", "refused to talk to me: " + Hard)]
    [InlineData("-f EHLO", "sent", "250 2.0.0 Ok")]
    [InlineData("-f EHLO,HELO", "bounced", "refused to talk to me: " + Hard)]
    [InlineData("-f MAIL", "bounced", Hard + " (in reply to MAIL FROM command)")]
    [InlineData("-f RCPT", "bounced", Hard + " (in reply to RCPT TO command)")]
    [InlineData("-f DATA", "bounced", Hard + " (in reply to DATA command)")]
    [InlineData("-f .", "bounced", Hard + " (in reply to end of DATA command)")]
    [InlineData("-f QUIT", "sent", "250 2.0.0 Ok")]
    [InlineData("-r MAIL", "deferred", Soft + " (in reply to MAIL FROM command)")]
    [InlineData("-r RCPT", "deferred", Soft + " (in reply to RCPT TO command)")]
    [InlineData("-r DATA", "deferred", Soft + " (in reply to DATA command)")]
    [InlineData("-r .", "deferred", Soft + " (in reply to end of DATA command)")]
    [InlineData("-q CONNECT", "deferred", "while receiving the initial server greeting")]
    [InlineData("-q EHLO", "deferred", "while performing the EHLO handshake")]
    [InlineData("-q MAIL", "deferred", "while sending MAIL FROM")]
    [InlineData("-q RCPT", "deferred", "while sending RCPT TO")]
    [InlineData("-q DATA", "deferred", "while sending DATA command")]
    [InlineData("-q .", "deferred", "while sending end of data -- message may be sent more than once")]
    [InlineData("-q QUIT", "sent", "250 2.0.0 Ok")]
    [InlineData("-Q RCPT", "deferred", "421 ")]
    [InlineData("-p -w 1", "sent", "250 2.0.0 Ok")] // a second for DATA, step by step
    [InlineData("-e", "sent", "250 2.0.0 Ok")]
    public async Task Sink(string how, string status, string text)
    {
        await using var sink = await SmtpSink.StartAsync(how.Split(' '));
        var domain = $"sink{sink.Port}.test";
        await relay.RouteAsync(domain, "smtp", $"[127.0.0.1]:{sink.Port}");
        await relay.SendAsync("Subject: sink\r\n\r\nx", $"x@{domain}");
        var outcome = await relay.OutcomeAsync($"x@{domain}");
        Assert.Equal(status, outcome.Status);
        Assert.Contains(text, outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sink_without_8bitmime_gets_seven_bits()
    {
        await using var sink = await SmtpSink.StartAsync("-8", "-d", "dump");
        await relay.RouteAsync("seven.test", "smtp", $"[127.0.0.1]:{sink.Port}");
        // The connection writes Latin-1: these two are the bytes of one letter in UTF-8.
        await relay.SendAsync("Subject: seven\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nThe longest l\u00c3\u00adne of this message", "x@seven.test");
        Assert.Equal("sent", (await relay.OutcomeAsync("x@seven.test")).Status);
        var dumped = sink.Dumped;
        Assert.Contains("l=C3=ADne", dumped, StringComparison.Ordinal);
        Assert.Contains("Content-Transfer-Encoding: quoted-printable", dumped, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transport_of_ones_own_speaks_by_its_own_settings()
    {
        await relay.Server.ReconfigureAsync("[queue]", "[transports.slow]\nprotocol = \"smtp\"\nsmtp_helo_name = \"slow.example\"\n\n[queue]");
        foreach (var (transport, helo) in new[] { ("slow", "slow.example"), ("smtp", "localhost") })
        {
            await using var sink = await SmtpSink.StartAsync("-d", "dump");
            await relay.RouteAsync($"{transport}.own.test", transport, $"[127.0.0.1]:{sink.Port}");
            await relay.SendAsync("Subject: own\r\n\r\nx", $"x@{transport}.own.test");
            Assert.Equal("sent", (await relay.OutcomeAsync($"x@{transport}.own.test")).Status);
            Assert.Equal(helo == "slow.example", sink.Dumped.Contains("X-Helo-Args: slow.example", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Lmtp_sink_is_spoken_to_as_one()
    {
        await using var sink = await SmtpSink.StartAsync("-L");
        await relay.RouteAsync("lmtp.test", "lmtp", $"inet:127.0.0.1:{sink.Port}");
        await relay.SendAsync("Subject: lmtp\r\n\r\nx", "a@lmtp.test", "b@lmtp.test");
        foreach (var recipient in new[] { "a@lmtp.test", "b@lmtp.test" }) Assert.Equal("sent", (await relay.OutcomeAsync(recipient)).Status);
    }
}
