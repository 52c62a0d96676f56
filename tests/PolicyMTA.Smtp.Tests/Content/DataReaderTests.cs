using System.Buffers;
using System.Text;
using CsCheck;

namespace PolicyMTA.Smtp.Tests;

public sealed class DataReaderTests
{
    private static (bool IsEnd, string Output, string Left, DataReader Reader) Read(ReadOnlySequence<byte> input, BareNewline mode = BareNewline.Normalize)
    {
        var reader = new DataReader(mode);
        var output = new ArrayBufferWriter<byte>();
        var isEnd = reader.Read(ref input, output);
        Assert.Equal(output.WrittenCount, reader.Length);
        return (isEnd, Bytes.Text(output.WrittenSpan), Bytes.Text(input), reader);
    }

    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("test\r\n.\r\n", "test\r\n")]
    [InlineData("\r\n.\r\n", "\r\n")]
    [InlineData(".test\r\n..\r\n...x\r\n.\r\n", "test\r\n.\r\n..x\r\n")]
    [InlineData("a.b\r\n.\r\n", "a.b\r\n")]
    [InlineData("a\rb\r\n.\r\n", "a b\r\n")]
    [InlineData("a\r\rb\r\r\n.\r\n", "a  b\r\n")]
    [InlineData("a\0b\r\n.\r\n", "a\0b\r\n")]
    [InlineData(".\rx\r\n.\r\n", " x\r\n")]
    [InlineData("a\r.\r\n.\r\n", "a .\r\n")]
    [InlineData("a\nb\r\n.\r\n", "a\r\nb\r\n")]
    public void Content_comes_out_clean(string wire, string content)
    {
        var (isEnd, output, rest, _) = Read(Bytes.Sequence(wire + "QUIT\r\n"));
        Assert.True(isEnd);
        Assert.Equal(content, output);
        Assert.Equal("QUIT\r\n", rest);
    }

    [Theory]
    [InlineData("line\n.\r\nMAIL FROM:<x@y>\r\n\r\n.\r\n", "line\r\nMAIL FROM:<x@y>\r\n\r\n")]
    [InlineData("line\r\n.\nMAIL FROM:<x@y>\r\n\r\n.\r\n", "line\r\nMAIL FROM:<x@y>\r\n\r\n")]
    [InlineData("line\n.\nMAIL FROM:<x@y>\r\n\r\n.\r\n", "line\r\nMAIL FROM:<x@y>\r\n\r\n")]
    [InlineData("line\r\n.\r\r\nMAIL FROM:<x@y>\r\n.\r\n", "line\r\nMAIL FROM:<x@y>\r\n")]
    [InlineData("line\r.\rMAIL FROM:<x@y>\r\n.\r\n", "line . MAIL FROM:<x@y>\r\n")]
    [InlineData("line\r\n\0.\r\nMAIL FROM:<x@y>\r\n.\r\n", "line\r\n\0.\r\nMAIL FROM:<x@y>\r\n")]
    public void Only_CRLF_dot_CRLF_ends_a_message(string wire, string content)
    {
        var (isEnd, output, rest, _) = Read(Bytes.Sequence(wire));
        Assert.True(isEnd);
        Assert.Equal(content, output);
        Assert.Equal("", rest);
    }

    [Theory]
    [InlineData("a\r\n.\r\n", false)]
    [InlineData("a\n.\r\n", true)]
    [InlineData("a\r\n.\n", true)]
    [InlineData("\n", true)]
    [InlineData("a\rb", false)]
    public void A_bare_newline_is_seen(string wire, bool isSeen)
    {
        Assert.Equal(isSeen, Read(Bytes.Sequence(wire), BareNewline.Reject).Reader.SawBareNewline);
        Assert.Equal(isSeen, Read(Bytes.Sequence(wire)).Reader.SawBareNewline);
    }

    [Theory]
    [InlineData("line\n.\nMAIL")]
    [InlineData("line\n.\r\nMAIL")]
    [InlineData("line\r\n.\nMAIL")]
    public void Where_bare_newlines_are_only_noted_they_end_messages(string wire)
    {
        var (isEnd, output, rest, reader) = Read(Bytes.Sequence(wire), BareNewline.Note);
        Assert.True(isEnd);
        Assert.True(reader.SawBareNewline);
        Assert.Equal("line\r\n", output);
        Assert.Equal("MAIL", rest);
    }

    [Theory]
    [InlineData("Received: a\r\nreceived :b\r\nReceive: c\r\nReceivedx: d\r\n Received: e\r\nRECEIVED:f\r\n\r\nReceived: g\r\n.\r\n", 3)]
    [InlineData("\r\nReceived: g\r\n.\r\n", 0)]
    [InlineData("Subject: x\r\nReceived:\r\n.\r\n", 1)]
    public void Received_fields_of_the_header_section_are_counted(string wire, int count)
    {
        Assert.Equal(count, Read(Bytes.Sequence(wire)).Reader.Headers.Hops);
        Assert.Equal(count, Read(Bytes.Segments([.. Bytes.Of(wire).Select(octet => new[] { octet })])).Reader.Headers.Hops);
    }

    [Theory]
    [InlineData("A: 1\r\nBc : 23\r\n  4\r\n\r\nC: d\r\n.\r\n", 2, 12)]
    [InlineData("A: 1\r\nno field, and so the body: it is long\r\nB: 2\r\n.\r\n", 1, 5)]
    [InlineData(" A: 1\r\n.\r\n", 0, 0)]
    [InlineData(": 1\r\n.\r\n", 0, 0)]
    [InlineData("\r\nA: 1\r\n.\r\n", 0, 0)]
    public void Fields_and_the_longest_of_them_are_counted(string wire, int count, long longest)
    {
        var headers = Read(Bytes.Sequence(wire)).Reader.Headers;
        Assert.Equal((count, longest), (headers.Count, headers.Longest));
    }

    [Fact]
    public void Splitting_the_input_anywhere_changes_nothing() =>
        Gen.Select(WireText.Octets, Gen.Int.Positive.Array[0, 6], Gen.Enum<BareNewline>()).Sample((wire, cuts, mode) =>
        {
            var whole = Read(new ReadOnlySequence<byte>(wire), mode);
            var reader = new DataReader(mode);
            var output = new ArrayBufferWriter<byte>();
            var isEnd = false;
            var rest = "";
            foreach (var part in Bytes.Cut(wire, cuts))
            {
                var input = new ReadOnlySequence<byte>(part);
                if (!isEnd) isEnd = reader.Read(ref input, output);
                rest += Bytes.Text(input);
            }
            var segmented = Read(Bytes.Segments(Bytes.Cut(wire, cuts)), mode);
            return (isEnd, Bytes.Text(output.WrittenSpan), rest, reader.SawBareNewline, reader.Headers.Hops, reader.Headers.Count, reader.Headers.Longest)
                == (whole.IsEnd, whole.Output, whole.Left, whole.Reader.SawBareNewline, whole.Reader.Headers.Hops, whole.Reader.Headers.Count, whole.Reader.Headers.Longest)
                && (segmented.IsEnd, segmented.Output, segmented.Left) == (whole.IsEnd, whole.Output, whole.Left);
        }, iter: 50_000);

    [Fact]
    public void What_comes_out_is_clean_and_the_end_is_the_first_CRLF_dot_CRLF() =>
        WireText.Octets.Sample(wire =>
        {
            var (isEnd, output, rest, _) = Read(new ReadOnlySequence<byte>(wire));
            var text = "\r\n" + Bytes.Text(wire);
            var end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
            var isClean = !output.Replace("\r\n", "").AsSpan().ContainsAny('\r', '\n');
            return isClean && isEnd == end >= 0 && (!isEnd || (rest == text[(end + 5)..] && (output.Length == 0 || output.EndsWith("\r\n", StringComparison.Ordinal))));
        }, iter: 50_000);

    [Fact]
    public void Large_clean_content_passes_unaltered()
    {
        var line = new string('x', 76) + "\r\n";
        var content = string.Concat(Enumerable.Repeat(line, 20_000));
        var (isEnd, output, _, _) = Read(Bytes.Sequence(content + ".\r\n"));
        Assert.True(isEnd);
        Assert.Equal(content, output);
    }

    [Fact]
    public void Content_that_nobody_wants_is_counted_all_the_same()
    {
        var reader = new DataReader();
        var input = Bytes.Sequence(new string('x', 100_000) + "\r\n.\r\n");
        Assert.True(reader.Read(ref input, new DiscardingWriter()));
        Assert.Equal(100_002, reader.Length);
    }

    [Fact]
    public void UTF8_passes()
    {
        var text = "Größe: ΑΒΓ\r\n";
        var (_, output, _, _) = Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text + ".\r\n")));
        Assert.Equal(text, Encoding.UTF8.GetString(Bytes.Of(output)));
    }
}
