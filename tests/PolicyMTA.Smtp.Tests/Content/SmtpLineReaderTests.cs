using System.Buffers;
using CsCheck;

namespace PolicyMTA.Smtp.Tests;

public sealed class SmtpLineReaderTests
{
    private const int Limit = 10;

    /// <summary>Feeds the parts one after the other, keeping what was not taken, as a pipe does.</summary>
    private static List<(string Line, LineEnding Ending)> Lines(params byte[][] parts)
    {
        var reader = new SmtpLineReader(Limit);
        var lines = new List<(string, LineEnding)>();
        byte[] kept = [];
        foreach (var part in parts)
        {
            var buffer = Bytes.Segments(kept, part);
            while (reader.TryReadLine(ref buffer, out var line, out var ending)) lines.Add((Bytes.Text(line), ending));
            kept = buffer.ToArray();
            Assert.InRange(kept.Length, 0, Limit + 1);
        }
        return lines;
    }

    [Theory]
    [InlineData("NOOP\r\n", "NOOP", LineEnding.CrLf)]
    [InlineData("NOOP\r\r\n", "NOOP", LineEnding.CrLf)]
    [InlineData("NOOP\n", "NOOP", LineEnding.BareLf)]
    [InlineData("NO\rOP\r\n", "NO\rOP", LineEnding.CrLf)]
    [InlineData("\r\n", "", LineEnding.CrLf)]
    [InlineData("\n", "", LineEnding.BareLf)]
    [InlineData("0123456789\r\n", "0123456789", LineEnding.CrLf)]
    [InlineData("0123456789a\r\n", "0123456789", LineEnding.TooLong)]
    public void A_line_is_cut_at_its_line_feed(string wire, string line, LineEnding ending) => Assert.Equal([(line, ending)], Lines(Bytes.Of(wire)));

    [Fact]
    public void An_overlong_line_is_dropped_as_it_arrives_and_the_next_one_is_whole() =>
        Assert.Equal(
            [("0123456789", LineEnding.TooLong), ("QUIT", LineEnding.CrLf)],
            Lines(Bytes.Of("0123456789ab"), Bytes.Of(new string('x', 5000)), Bytes.Of("tail\r\nQUIT\r\n")));

    [Fact]
    public void Pipelined_lines_come_one_by_one() =>
        Assert.Equal(["RSET", "NOOP", "QUIT"], Lines(Bytes.Of("RSET\r\nNOOP\r\nQUIT\r\nRS")).Select(line => line.Line));

    [Fact]
    public void Splitting_the_input_anywhere_changes_nothing() =>
        Gen.Select(WireText.Octets, Gen.Int.Positive.Array[0, 6]).Sample((wire, cuts) =>
        {
            byte[] ended = [.. wire, (byte)'\n'];
            return Lines(Bytes.Cut(ended, cuts)).SequenceEqual(Lines(ended));
        }, iter: 20_000);
}
