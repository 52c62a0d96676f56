using System.Buffers;

namespace PolicyMTA.Smtp.Tests;

[Trait("Category", "Suites")]
public sealed class ContentSuites
{
    public static TheoryData<string, string?, string?> Reads()
    {
        var cases = new TheoryData<string, string?, string?>();
        foreach (var one in Suite.Cases("smtp/data-stream.json").Where(one => one.GetProperty("kind").GetString() == "read"))
        {
            cases.Add(
                Uri.EscapeDataString(one.GetProperty("wire").GetString()!),
                one.TryGetProperty("output", out var output) ? output.GetString() : null,
                one.TryGetProperty("error", out var error) ? error.GetString() : null);
        }
        return cases;
    }

    public static TheoryData<string, string?> Writes()
    {
        var cases = new TheoryData<string, string?>();
        foreach (var one in Suite.Cases("smtp/data-stream.json").Where(one => one.GetProperty("kind").GetString() == "write"))
        {
            cases.Add(Uri.EscapeDataString(one.GetProperty("input").GetString()!), one.TryGetProperty("wire", out var wire) ? wire.GetString() : null);
        }
        return cases;
    }

    public static TheoryData<string> Smuggling(string direction) =>
    [
        .. Suite.Cases("smtp/smuggling.json")
            .Where(one => one.GetProperty("direction").GetString() == direction)
            .Select(one => Uri.EscapeDataString(one.GetProperty("sequence").GetString()!)),
    ];

    /// <summary>Where the suite wants an error for a bare CR or LF, we clean the content and go on: the end stays where it is.</summary>
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Reads))]
    public void Dots_and_the_end_of_data_are_read(string escaped, string? content, string? error)
    {
        var wire = Uri.UnescapeDataString(escaped);
        var input = Bytes.Sequence(wire);
        var output = new ArrayBufferWriter<byte>();
        var isEnd = new DataReader().Read(ref input, output);
        Assert.Equal(error != "no-end", isEnd);
        if (!isEnd) return;
        Assert.Equal(0, input.Length);
        if (content is not null) Assert.Equal(content, Bytes.Text(output.WrittenSpan));
        else Assert.DoesNotContain(Bytes.Text(output.WrittenSpan).Replace("\r\n", ""), text => text is '\r' or '\n');
    }

    /// <summary>Where the suite wants an error, what we write can't be read as anything but one message.</summary>
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Writes))]
    public void Dots_are_stuffed(string escaped, string? wire)
    {
        var output = new ArrayBufferWriter<byte>();
        var stuffer = new OutgoingContent();
        stuffer.Write(Bytes.Of(Uri.UnescapeDataString(escaped)), output);
        stuffer.Finish(output);
        var text = Bytes.Text(output.WrittenSpan);
        if (wire is not null) Assert.Equal(wire, text);
        Assert.DoesNotContain(text.Replace("\r\n", ""), octet => octet is '\r' or '\n');
        Assert.Equal(text.Length - 3, ("\r\n" + text).IndexOf("\r\n.\r\n", StringComparison.Ordinal));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Smuggling), "inbound")]
    public void A_smuggled_end_ends_nothing(string escaped)
    {
        var input = Bytes.Sequence($"Subject: x\r\n\r\nline{Uri.UnescapeDataString(escaped)}MAIL FROM:<a@b>\r\n");
        Assert.False(new DataReader().Read(ref input, new ArrayBufferWriter<byte>()));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Smuggling), "outbound")]
    public void A_smuggled_end_never_leaves_as_it_is(string escaped)
    {
        var sequence = Uri.UnescapeDataString(escaped);
        var output = new ArrayBufferWriter<byte>();
        var stuffer = new OutgoingContent();
        stuffer.Write(Bytes.Of($"line{sequence}MAIL FROM:<a@b>\r\n"), output);
        Assert.DoesNotContain(sequence, Bytes.Text(output.WrittenSpan), StringComparison.Ordinal);
    }
}
