using System.Buffers;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>The content behind DATA: it ends at CRLF.CRLF and nowhere else, what comes out are lines with CRLF and no other CR or LF, and cutting the input changes nothing.</summary>
internal sealed class DataTarget : FuzzTarget
{
    public override string Name => "data";

    public override IReadOnlyList<string> Words { get; } =
        ["\r\n", "\r\n.\r\n", "\n.\r\n", "\r\n.\n", "\n.\n", "\r.\r", "\r\n.\r\r\n", "\r\n\0.\r\n", "..", ".", "\r", "\n", "\0", "Received: a\r\n", "Subject: x\r\n\r\n", "body", "received\t:", "MAIL FROM:<a@b>\r\n", "QUIT\r\n"];

    public override void Check(byte[] input)
    {
        var wire = Octets.Text(input);
        foreach (var mode in new[] { BareNewline.Normalize, BareNewline.Note })
        {
            var whole = Read([input], mode);
            Require(whole == Read(Octets.Cut(input), mode), "cut elsewhere, the content is another");
            Require(!whole.Content.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n'), "the content has a bare CR or LF");
            Require(!whole.IsEnd || whole.Content.Length == 0 || whole.Content.EndsWith("\r\n", StringComparison.Ordinal), "the content ends inside a line");
            if (mode == BareNewline.Note) continue;
            var expected = CleanContent.OfData(wire);
            Require(whole.IsEnd == expected is not null, "the end of data is elsewhere than CRLF.CRLF");
            Require(expected is null || (whole.Content == expected.Value.Content && whole.After == expected.Value.After), "the content is not what line by line comes out");
            Require(whole.SawBareNewline == SeesBareNewline(whole.IsEnd ? wire[..^whole.After.Length] : wire), "a bare newline is seen where none is, or not where one is");
        }
    }

    private static (bool IsEnd, string Content, string After, bool SawBareNewline, int Hops) Read(List<byte[]> pieces, BareNewline mode)
    {
        var reader = new DataReader(mode);
        var output = new ArrayBufferWriter<byte>();
        var isEnd = false;
        var rest = "";
        foreach (var piece in pieces)
        {
            var input = new ReadOnlySequence<byte>(piece);
            if (!isEnd) isEnd = reader.Read(ref input, output);
            rest += Octets.Text(input.ToArray());
        }
        Require(reader.Length == output.WrittenCount, "the length is not that of the content");
        return (isEnd, Octets.Text(output.WrittenSpan), rest, reader.SawBareNewline, reader.Headers.Hops);
    }

    private static bool SeesBareNewline(string wire) => wire.Replace("\r\n", "", StringComparison.Ordinal).Contains('\n', StringComparison.Ordinal);
}
