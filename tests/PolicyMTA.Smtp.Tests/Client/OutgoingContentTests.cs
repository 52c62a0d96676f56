using System.Buffers;
using CsCheck;

namespace PolicyMTA.Smtp.Tests;

public sealed class OutgoingContentTests
{
    private static string Stuff(params byte[][] parts) => Stuff(0, parts);

    private static string Stuff(int lineLimit, params byte[][] parts)
    {
        var output = new ArrayBufferWriter<byte>();
        var stuffer = new OutgoingContent(lineLimit: lineLimit);
        foreach (var part in parts) stuffer.Write(part, output);
        stuffer.Finish(output);
        return Bytes.Text(output.WrittenSpan);
    }

    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData(".a\r\n..\r\n.\r\na.b\r\n", "..a\r\n...\r\n..\r\na.b\r\n.\r\n")]
    [InlineData("a\r", "a \r\n.\r\n")]
    [InlineData("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n")]
    [InlineData("a\r.\rb\0", "a . b\0\r\n.\r\n")]
    [InlineData("\0.\r\na\r\n\0\0.\r\n.\0\r\n", " .\r\na\r\n \0.\r\n..\0\r\n.\r\n")]
    public void Leading_dots_are_doubled_and_the_dot_ends(string content, string wire) => Assert.Equal(wire, Stuff(Bytes.Of(content)));

    [Theory]
    [InlineData("abcde\r\n", "abcde\r\n.\r\n")]
    [InlineData("abcdef\r\n", "abcde\r\n f\r\n.\r\n")]
    [InlineData("abcdefghi\r\nabcde\r\n", "abcde\r\n fghi\r\nabcde\r\n.\r\n")]
    [InlineData("abcdefghij", "abcde\r\n fghi\r\n j\r\n.\r\n")]
    [InlineData("abcde.fgh", "abcde\r\n .fgh\r\n.\r\n")]
    [InlineData(".bcde\nf", "..bcde\r\nf\r\n.\r\n")]
    [InlineData("abcde\rf", "abcde\r\n  f\r\n.\r\n")]
    [InlineData("abcd\r\rf", "abcd \r\n  f\r\n.\r\n")]
    public void Longer_lines_go_on_behind_a_space(string content, string wire) => Assert.Equal(wire, Stuff(5, Bytes.Of(content)));

    [Fact]
    public void No_line_is_longer_than_the_limit_and_joined_lines_are_what_they_were() =>
        Gen.Select(WireText.Octets, Gen.Int[2, 9], Gen.Int.Positive.Array[0, 6]).Sample((content, limit, cuts) =>
        {
            var wire = Stuff(limit, Bytes.Cut(content, cuts));
            var lines = wire.Split("\r\n");
            // A dot that was doubled and the space for a CR at the very end come on top.
            return wire == Stuff(limit, content) && lines.All(line => line.Length <= limit + (line.StartsWith("..", StringComparison.Ordinal) ? 1 : 0) + 1)
                && wire.Replace("\r\n ", "", StringComparison.Ordinal) == Stuff(content).Replace("\r\n ", "", StringComparison.Ordinal);
        }, iter: 50_000);

    [Fact]
    public void Splitting_the_content_anywhere_changes_nothing() =>
        Gen.Select(WireText.Octets, Gen.Int.Positive.Array[0, 6])
            .Sample((content, cuts) => Stuff(Bytes.Cut(content, cuts)) == Stuff(content), iter: 50_000);

    /// <summary>But for a NUL at the start of a line, which must not leave.</summary>
    [Fact]
    public void What_was_received_can_be_sent_and_received_again_unaltered() =>
        WireText.Octets.Sample(wire =>
        {
            var content = Unstuff([.. wire, .. "\r\n.\r\n"u8]);
            var sent = ("\n" + Bytes.Text(content)).Replace("\n\0", "\n ", StringComparison.Ordinal)[1..];
            return Bytes.Text(Unstuff(Bytes.Of(Stuff(content)))) == sent;
        }, iter: 50_000);

    private static byte[] Unstuff(byte[] wire)
    {
        var input = new ReadOnlySequence<byte>(wire);
        var output = new ArrayBufferWriter<byte>();
        Assert.True(new DataReader().Read(ref input, output));
        return output.WrittenSpan.ToArray();
    }
}
