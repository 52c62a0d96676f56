using System.Buffers;
using PolicyMTA.Smtp;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>
/// Content on its way out: it ends once, at its end; a server reads back what was written; clean content arrives unaltered; and no server, however lax about
/// bare CR, bare LF or NUL, finds another end.
/// </summary>
internal sealed class DotsTarget : FuzzTarget
{
    private const string End = "\r\n.\r\n";

    public override string Name => "dots";

    public override IReadOnlyList<string> Words { get; } =
        ["\r\n", "\r\n.\r\n", "\n.\r\n", "\r\n.\n", "\n.\n", "\r.\r", "\r\n.\r\r\n", "\r\n\0.\r\n", "\r\n.\0\r\n", "..", ".", "\r", "\n", "\0", "\0\0", "Subject: x\r\n\r\n", "body", "MAIL FROM:<a@b>\r\n"];

    public override void Check(byte[] input)
    {
        var wire = Stuff([input]);
        Require(wire == Stuff(Octets.Cut(input)), "cut elsewhere, what is written is another");
        Require(!wire.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n'), "a bare CR or LF leaves");
        // A server that drops NULs.
        var text = "\r\n" + wire.Replace("\0", "", StringComparison.Ordinal);
        Require(text.IndexOf(End, StringComparison.Ordinal) == text.Length - End.Length, "an end leaves before the end");

        var reader = new DataReader(BareNewline.Note);
        var output = new ArrayBufferWriter<byte>();
        var rest = new ReadOnlySequence<byte>(System.Text.Encoding.Latin1.GetBytes(wire));
        Require(reader.Read(ref rest, output) && rest.IsEmpty && !reader.SawBareNewline, "what is written is not read as one message");
        var content = Octets.Text(input);
        if (IsClean(content)) Require(Octets.Text(output.WrittenSpan) == content, "clean content does not arrive as it was");
        Require(Stuff([output.WrittenSpan.ToArray()]) == wire, "what was read is written otherwise");
    }

    private static string Stuff(List<byte[]> pieces)
    {
        var stuffer = new OutgoingContent();
        var output = new ArrayBufferWriter<byte>();
        foreach (var piece in pieces) stuffer.Write(piece, output);
        stuffer.Finish(output);
        return Octets.Text(output.WrittenSpan);
    }

    private static bool IsClean(string content) =>
        (content.Length == 0 || content.EndsWith("\r\n", StringComparison.Ordinal))
        && !content.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n')
        && !content.StartsWith('\0') && !content.Contains("\n\0", StringComparison.Ordinal);
}
