using System.Text;
using PolicyMTA.Receiving.Messages;

namespace PolicyMTA.Receiving.Tests;

public sealed class HeaderSectionTests
{
    private const string Message = "From: a@example.test\r\nSubject: one\r\n two\r\nX-Note: 1\r\nX-Note: 2\r\n\r\nX-Body: no field\r\n";

    private static HeaderSection Parse(string message) => HeaderSection.Parse(Encoding.Latin1.GetBytes(message));

    private static string Text(HeaderSection section)
    {
        var text = new StringBuilder();
        section.WriteTo(text);
        return text.ToString();
    }

    [Fact]
    public void Fields_end_at_the_empty_line()
    {
        var section = Parse(Message);
        Assert.Equal(["From", "Subject", "X-Note", "X-Note"], section.Fields.Select(f => f.Name));
        Assert.Equal(Message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2, section.Length);
    }

    [Fact]
    public void What_was_not_changed_is_written_as_it_was_read()
    {
        Assert.Equal(Message[..Parse(Message).Length], Text(Parse(Message)));
    }

    [Fact]
    public void A_line_that_is_no_field_ends_the_section()
    {
        Assert.Equal("From: a\r\n".Length, Parse("From: a\r\nno field here\r\nTo: b\r\n\r\n").Length);
    }

    [Fact]
    public void A_message_without_header_section_has_no_fields()
    {
        Assert.Empty(Parse("\r\nFrom: body\r\n").Fields);
    }

    [Fact]
    public void The_named_occurrence_is_changed()
    {
        var section = Parse(Message);
        section.Change("x-note", 2, "new");
        Assert.Equal([" 1", " new"], section.Fields.Where(f => f.Name.Equals("x-note", StringComparison.OrdinalIgnoreCase)).Select(f => f.Value));
    }

    [Fact]
    public void Removing_takes_every_field_of_the_name()
    {
        var section = Parse(Message);
        Assert.Equal(2, section.Remove("X-NOTE"));
        Assert.True(section.IsChanged);
        Assert.Null(section.Find("X-Note"));
    }

    [Theory]
    [InlineData("Sub ject", "x")]
    [InlineData("Subject:", "x")]
    [InlineData("", "x")]
    [InlineData("Subject", "x\r\nBcc: y")]
    [InlineData("Subject", "x\n")]
    [InlineData("Subject", "x\ry")]
    [InlineData("Subject", "x\0y")]
    public void A_field_can_not_smuggle_another_one_in(string name, string value)
    {
        Assert.Throws<ArgumentException>(() => Parse(Message).Add(name, value, atTop: true));
    }

    [Fact]
    public void A_folded_value_may_be_added()
    {
        var section = Parse(Message);
        section.Add("X-New", "one\n two", atTop: true);
        Assert.StartsWith("X-New: one\r\n two\r\nFrom:", Text(section), StringComparison.Ordinal);
    }
}
