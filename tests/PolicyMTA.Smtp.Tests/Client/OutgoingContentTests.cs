using System.Buffers;
using CsCheck;

namespace PolicyMTA.Smtp.Tests;

public sealed class OutgoingContentTests
{
    private static string Stuff(params byte[][] parts)
    {
        var output = new ArrayBufferWriter<byte>();
        var stuffer = new OutgoingContent();
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
