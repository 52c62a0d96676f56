using System.Buffers;
using CsCheck;

namespace PolicyMTA.Smtp.Tests;

public sealed class BdatCleanerTests
{
    private static (string Output, BdatCleaner Cleaner) Clean(params byte[][] chunks)
    {
        var cleaner = new BdatCleaner();
        var output = new ArrayBufferWriter<byte>();
        foreach (var chunk in chunks) cleaner.Write(new ReadOnlySequence<byte>(chunk), output);
        cleaner.Finish(output);
        Assert.Equal(output.WrittenCount, cleaner.Length);
        return (Bytes.Text(output.WrittenSpan), cleaner);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a\r\n", "a\r\n")]
    [InlineData("a", "a\r\n")]
    [InlineData("From: joe@good.test\r", "From: joe@good.test \r\n")]
    [InlineData(".one\r\n..two\r\n.\r\nend\r\n", ".one\r\n..two\r\n.\r\nend\r\n")]
    [InlineData("a\nb\rc\0d", "a\r\nb c\0d\r\n")]
    public void Dots_mean_nothing_and_the_last_line_gets_its_end(string chunk, string content) => Assert.Equal(content, Clean(Bytes.Of(chunk)).Output);

    [Fact]
    public void Chunks_may_end_anywhere() =>
        Gen.Select(WireText.Octets, Gen.Int.Positive.Array[0, 6]).Sample((wire, cuts) =>
        {
            var whole = Clean(wire);
            var parts = Clean(Bytes.Cut(wire, cuts));
            return parts.Output == whole.Output && parts.Cleaner.SawBareNewline == whole.Cleaner.SawBareNewline;
        }, iter: 20_000);
}
