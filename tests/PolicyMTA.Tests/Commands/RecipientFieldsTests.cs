using System.Text;
using PolicyMTA.Commands.Postfix;

namespace PolicyMTA.Tests.Commands;

public sealed class RecipientFieldsTests
{
    [Theory]
    [InlineData("To: a@x.test\nCc: b@x.test\nBCC : c@x.test\nSubject: d@x.test\n\nTo: e@x.test\n", "a@x.test", "b@x.test", "c@x.test")]
    [InlineData("To: a@x.test,\n b@x.test,\n\tc@x.test\n\n", "a@x.test", "b@x.test", "c@x.test")]
    [InlineData("To: a@x.test\r\nCc: b@x.test\r\n\r\nbody\r\n", "a@x.test", "b@x.test")]
    [InlineData("To: a@x.test\nResent-To: r@x.test\nResent-Bcc: s@x.test\n\n", "r@x.test", "s@x.test")]
    [InlineData("To: a@x.test\nResent-From: r@x.test\n\n")]
    [InlineData("this is no header\nTo: a@x.test\n\n")]
    [InlineData("To: a@x.test", "a@x.test")]
    public void Recipients_are_those_of_the_header_section(string message, params string[] expected)
    {
        var fields = new RecipientFields();
        foreach (var line in message.Split('\n')) fields.Read(Encoding.UTF8.GetBytes(line + "\n"));
        Assert.Equal(expected, fields.Recipients);
    }

    [Fact]
    public void Random_lines_break_nothing()
    {
        var random = new Random(23);
        for (var i = 0; i < 5_000; i++)
        {
            var fields = new RecipientFields();
            for (var line = random.Next(6); line > 0; line--)
            {
                var bytes = new byte[random.Next(30)];
                random.NextBytes(bytes);
                if (random.Next(2) == 0) "To: "u8[..Math.Min(4, bytes.Length)].CopyTo(bytes);
                fields.Read(bytes);
            }
            Assert.DoesNotContain("", fields.Recipients);
        }
    }
}
