using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp.Tests;

public sealed class RemoteReplyTests
{
    private static RemoteReply Read(string wire)
    {
        var buffer = Bytes.Sequence(wire);
        Assert.True(RemoteReply.TryRead(ref buffer, out var reply));
        Assert.Equal(0, buffer.Length);
        return reply;
    }

    [Fact]
    public void One_line_is_read()
    {
        var reply = Read("550 5.1.1 <x>: No such user here\r\n");
        Assert.Equal(new RemoteReply(550, new EnhancedStatus(5, 1, 1), ["5.1.1 <x>: No such user here"]), reply);
        Assert.Equal("550 5.1.1 <x>: No such user here", reply.ToString());
        Assert.True(reply.IsPermanent);
    }

    [Fact]
    public void Several_lines_are_joined_with_their_codes_as_logs_show_them() =>
        Assert.Equal("550-5.7.1 one 550 5.7.1 two", Read("550-5.7.1 one\r\n550 5.7.1 two\r\n").ToString());

    [Theory]
    [InlineData("250\r\n", 250, "")]
    [InlineData("250 \n", 250, "")]
    [InlineData("354 go on\n", 354, "go on")]
    [InlineData("250-a\r\n250-\r\n250 b\r\n", 250, "a||b")]
    [InlineData("421 bye\a\r\n", 421, "bye?")]
    public void What_servers_really_send_is_read(string wire, int code, string lines)
    {
        var reply = Read(wire);
        Assert.Equal(code, reply.Code);
        Assert.Equal(lines, string.Join('|', reply.Lines));
    }

    [Theory]
    [InlineData("550 5.1.1 no\r\n", "5.1.1")]
    [InlineData("550 4.1.1 no\r\n", null)]
    [InlineData("550 no 5.1.1\r\n", null)]
    [InlineData("550-first\r\n550 5.7.1 last\r\n", "5.7.1")]
    public void A_status_counts_when_it_fits_the_code(string wire, string? status) => Assert.Equal(status, Read(wire).Status?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("25")]
    [InlineData("250 Ok\r")]
    [InlineData("250-a\r\n250-b\r\n")]
    public void Half_a_reply_is_left_in_the_buffer(string wire)
    {
        var buffer = Bytes.Sequence(wire);
        Assert.False(RemoteReply.TryRead(ref buffer, out _));
        Assert.Equal(wire, Bytes.Text(buffer));
    }

    [Fact]
    public void Pipelined_replies_are_read_one_by_one()
    {
        var buffer = Bytes.Segments(Bytes.Of("250 2.1.0 Ok\r"), Bytes.Of("\n550 5.1.1 no\r\n35"));
        Assert.True(RemoteReply.TryRead(ref buffer, out var first));
        Assert.True(RemoteReply.TryRead(ref buffer, out var second));
        Assert.False(RemoteReply.TryRead(ref buffer, out _));
        Assert.Equal((250, 550), (first.Code, second.Code));
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData("+50 x\r\n")]
    [InlineData("150 x\r\n")]
    [InlineData("600 x\r\n")]
    [InlineData("2500 x\r\n")]
    [InlineData("SSH-2.0-OpenSSH\r\n")]
    public void What_is_no_reply_is_an_error_that_quotes_nothing(string wire)
    {
        var buffer = Bytes.Sequence(wire);
        var error = Assert.Throws<SmtpProtocolException>(() => RemoteReply.TryRead(ref buffer, out _));
        Assert.DoesNotContain("SSH", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Endless_lines_and_replies_are_errors()
    {
        var line = Bytes.Sequence("250 " + new string('x', 3000));
        Assert.Throws<SmtpProtocolException>(() => RemoteReply.TryRead(ref line, out _));
        var lines = Bytes.Sequence(string.Concat(Enumerable.Repeat("250-x\r\n", 101)));
        Assert.Throws<SmtpProtocolException>(() => RemoteReply.TryRead(ref lines, out _));
    }

    [Fact]
    public void What_our_server_writes_our_client_reads()
    {
        var output = new ArrayBufferWriter<byte>();
        new SmtpReply(550, new EnhancedStatus(5, 7, 1), ["one", "two"]).WriteTo(output);
        var buffer = new ReadOnlySequence<byte>(output.WrittenMemory);
        Assert.True(RemoteReply.TryRead(ref buffer, out var reply));
        Assert.Equal(new RemoteReply(550, new EnhancedStatus(5, 7, 1), ["5.7.1 one", "5.7.1 two"]), reply);
    }
}
