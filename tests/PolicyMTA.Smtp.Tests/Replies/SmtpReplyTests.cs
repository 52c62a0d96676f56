using System.Buffers;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp.Tests;

public sealed class SmtpReplyTests
{
    private static string Wire(SmtpReply reply)
    {
        var output = new ArrayBufferWriter<byte>();
        reply.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Fact]
    public void One_line_has_code_status_and_text() => Assert.Equal("250 2.1.5 Ok\r\n", Wire(SmtpReplies.RecipientOk));

    [Fact]
    public void A_keyword_list_has_no_status() =>
        Assert.Equal("250-mx.example\r\n250-SIZE\r\n250 CHUNKING\r\n", Wire(SmtpReplies.Ehlo("mx.example", ["SIZE", "CHUNKING"])));

    [Fact]
    public void The_status_stands_on_each_line() =>
        Assert.Equal("550-5.7.1 one\r\n550 5.7.1 two\r\n", Wire(new SmtpReply(550, new EnhancedStatus(5, 7, 1), ["one", "two"])));

    [Fact]
    public void An_empty_challenge_keeps_its_space() => Assert.Equal("334 \r\n", Wire(SmtpReplies.AuthChallenge("")));

    [Fact]
    public void A_text_can_not_begin_another_reply() =>
        Assert.Equal("550 5.7.1 no??250 2.0.0 yes?\r\n", Wire(SmtpReply.Single(550, "5.7.1", "no\r\n250 2.0.0 yes\0")));

    [Theory]
    [InlineData(5000, " ")]
    [InlineData(5000, "")]
    public void A_long_text_is_folded_into_lines_of_512_octets(int length, string space)
    {
        var text = string.Concat(Enumerable.Repeat("größe" + space, length / 6)).Trim();
        var lines = Wire(SmtpReply.Single(554, "5.7.1", text)).Split("\r\n")[..^1];
        Assert.All(lines, line => Assert.InRange(Encoding.UTF8.GetByteCount(line), 11, 510));
        Assert.All(lines[..^1], line => Assert.StartsWith("554-5.7.1 ", line));
        Assert.StartsWith("554 5.7.1 ", lines[^1]);
        Assert.Equal(text, string.Join(space, lines.Select(line => line[10..])));
    }

    [Theory]
    [InlineData(550, "5.1.1", 450, "4.1.1")]
    [InlineData(501, null, 401, null)]
    [InlineData(535, "5.7.8", 435, "4.7.8")]
    [InlineData(452, "4.5.3", 452, "4.5.3")]
    [InlineData(250, "2.0.0", 250, "2.0.0")]
    [InlineData(521, "5.5.4", 421, "4.5.4")]
    [InlineData(221, "2.7.0", 221, "2.7.0")]
    public void Soft_bounce_turns_every_5yz_into_4yz(int code, string? status, int softCode, string? softStatus) =>
        Assert.Equal(SmtpReply.Single(softCode, softStatus, "x"), SmtpReply.Single(code, status, "x").AsSoftBounce());

    [Fact]
    public void A_changed_reply_is_not_sent_as_it_was()
    {
        _ = Wire(SmtpReplies.BadSender);
        Assert.Equal("401 4.1.7 Bad sender address syntax\r\n", Wire(SmtpReplies.BadSender.AsSoftBounce()));
    }

    [Fact]
    public void A_soft_bounce_ends_the_session_as_the_reply_would() => Assert.True(SmtpReplies.BdatSyntax.AsSoftBounce().Disconnects);

    [Fact]
    public void Replies_that_end_the_session_say_so()
    {
        Assert.True(SmtpReplies.Bye.Disconnects);
        Assert.True(SmtpReplies.NotSmtp.Disconnects);
        Assert.True(SmtpReplies.BdatSyntax.Disconnects);
        Assert.True(SmtpReplies.TooManyErrors("mx.example").Disconnects);
        Assert.False(SmtpReplies.NoValidRecipients.Disconnects);
    }
}
