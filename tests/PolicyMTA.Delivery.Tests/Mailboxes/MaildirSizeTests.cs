using System.Globalization;
using System.Text;
using PolicyMTA.Delivery.Mailboxes;

namespace PolicyMTA.Delivery.Tests.Mailboxes;

/// <summary>The format of <c>maildirsize</c>.</summary>
public sealed class MaildirSizeTests
{
    [Theory]
    [InlineData("1000S\n", 1000, 0, 0, 0, 0)]
    [InlineData("1000S,10C\n500 2\n-100 -1\n", 1000, 10, 400, 1, 2)]
    [InlineData("1000S\n         500            2\n", 1000, 0, 500, 2, 1)]
    [InlineData("7C,3X\n1 1\n", 0, 7, 1, 1, 1)]
    public void Sum_of_the_lines_is_what_is_there(string text, long quota, long quotaCount, long bytes, long count, int lines)
    {
        Assert.True(MaildirSize.TryParse(Encoding.ASCII.GetBytes(text), out var size));
        Assert.Equal(new MaildirSize(quota, quotaCount, bytes, count, lines), size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1000S")]
    [InlineData("\n1 1\n")]
    [InlineData("S\n")]
    [InlineData("-5S\n")]
    [InlineData("1000S\n12 1\n4")]
    [InlineData("1000S\n12 1\n\n")]
    [InlineData("1000S\n12\n")]
    [InlineData("1000S\n1 2 3\n")]
    [InlineData("1000S\n-1 1\n")]
    [InlineData("1000S\n1 -1\n")]
    [InlineData("1000S\n9223372036854775807 1\n1 1\n")]
    [InlineData("1000S\n99999999999999999999 1\n")]
    public void File_that_says_nothing_sure_is_counted_anew(string text) => Assert.False(MaildirSize.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData(5119, true)]
    [InlineData(5120, false)]
    public void Long_file_is_counted_anew(int length, bool isTaken)
    {
        var text = "1000S\n" + string.Concat(Enumerable.Repeat("1 1\n", 2000));
        text = text[..(length - 1 - ((length - 7) % 4))];
        text = text[..text.LastIndexOf('\n')] + "\n";
        text = text[..^1] + new string(' ', length - text.Length) + "\n";
        Assert.Equal(length, text.Length);
        Assert.Equal(isTaken, MaildirSize.TryParse(Encoding.ASCII.GetBytes(text), out _));
    }

    [Fact]
    public void Whatever_bytes_come_the_answer_is_no_or_the_sum_of_the_lines()
    {
        var random = new Random(20261123);
        const string Alphabet = "0123456789 -\n\nSC,x\t\r\0";
        var taken = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var text = (random.Next(2) == 0 ? "100S\n" : "") + new string([.. Enumerable.Range(0, random.Next(24)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]) + (random.Next(4) == 0 ? "" : "\n");
            if (!MaildirSize.TryParse(Encoding.ASCII.GetBytes(text), out var size)) continue;
            taken++;
            var lines = text.Split('\n')[1..^1].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
            Assert.Equal(lines.Sum(line => decimal.Parse(line[0], CultureInfo.InvariantCulture)), size.Bytes);
            Assert.Equal(lines.Sum(line => decimal.Parse(line[1], CultureInfo.InvariantCulture)), size.Count);
            Assert.True(MaildirSize.TryParse(Encoding.ASCII.GetBytes(size.ToText()), out var again));
            Assert.Equal(size with { Lines = 1 }, again);
        }
        Assert.InRange(taken, 1000, 199_000);
    }
}
