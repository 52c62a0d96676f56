using System.Globalization;
using System.Text;

namespace PolicyMTA.Smtp;

/// <summary>Turns a reply into lines of the wire.</summary>
internal static class ReplyFormat
{
    /// <summary>RFC 5321 §4.5.3.1.5: 512 octets with the line end.</summary>
    private const int MaxLineOctets = 510;

    /// <summary>RFC 4954 §4: 12288 octets with the line end, never in parts.</summary>
    private const int MaxChallengeOctets = 12286;

    public static byte[] ToWire(SmtpReply reply) => Encoding.UTF8.GetBytes(string.Concat(ToText(reply).Replace("\n", "\r\n", StringComparison.Ordinal), "\r\n"));

    public static string ToText(SmtpReply reply)
    {
        var code = reply.Code.ToString(CultureInfo.InvariantCulture);
        var status = reply.Status is { } s ? s.ToString() + " " : "";
        var room = (reply.Code == 334 ? MaxChallengeOctets : MaxLineOctets) - code.Length - 1 - status.Length;
        var lines = new List<string>();
        foreach (var line in reply.Lines) Fold(Neuter(line), room, lines);
        if (lines.Count == 0) lines.Add("");

        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            var isLast = i == lines.Count - 1;
            text.Append(code).Append(isLast ? ' ' : '-').Append(status).Append(lines[i]);
            if (!isLast) text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Control characters would let a text end the line and begin a reply of its own.</summary>
    public static string Neuter(string text)
    {
        if (!text.Any(IsUnprintable)) return text;
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = IsUnprintable(source[i]) ? '?' : source[i];
        });
    }

    private static bool IsUnprintable(char c) => char.IsControl(c) || c is '\u2028' or '\u2029';

    private static void Fold(string text, int room, List<string> lines)
    {
        while (Encoding.UTF8.GetByteCount(text) > room)
        {
            var cut = LongestPrefix(text, room);
            var space = text.LastIndexOf(' ', cut - 1);
            if (space > 0) cut = space;
            lines.Add(text[..cut]);
            text = text[cut..].TrimStart(' ');
        }
        lines.Add(text);
    }

    private static int LongestPrefix(string text, int octets)
    {
        var used = 0;
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            used += rune.Utf8SequenceLength;
            if (used > octets) break;
            at += rune.Utf16SequenceLength;
        }
        return Math.Min(Math.Max(at, 1), text.Length);
    }
}
