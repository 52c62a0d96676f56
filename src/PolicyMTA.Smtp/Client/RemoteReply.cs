using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Smtp;

/// <summary>A reply of a server we are the client of. <see cref="Lines"/> are what stands behind the code, an enhanced status included.</summary>
public sealed record RemoteReply(int Code, EnhancedStatus? Status, IReadOnlyList<string> Lines)
{
    // RFC 5321 §4.5.3.1.5 says 512; servers exceed it.
    private const int MaxLineOctets = 2048;
    private const int MaxLines = 100;

    public bool IsPositive => Code is >= 200 and < 400;

    public bool IsTransient => Code is >= 400 and < 500;

    public bool IsPermanent => Code >= 500;

    /// <summary>True when a whole reply was there; the buffer is advanced past it, else left alone.</summary>
    /// <exception cref="SmtpProtocolException">The bytes are no reply, or exceed the limits.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, [NotNullWhen(true)] out RemoteReply? reply)
    {
        reply = null;
        var rest = buffer;
        var lines = new List<string>(1);
        while (TryTakeLine(ref rest, out var line))
        {
            var isLast = ReadLine(line, lines, out var code);
            if (!isLast) continue;
            reply = new RemoteReply(code, FindStatus(code, lines), lines);
            buffer = rest;
            return true;
        }
        return false;
    }

    /// <summary>As logs show it: the lines joined by a space, each with its code.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Lines.Count; i++)
        {
            if (i > 0) text.Append(' ');
            text.Append(CultureInfo.InvariantCulture, $"{Code}{(i < Lines.Count - 1 ? '-' : ' ')}{Lines[i]}");
        }
        return text.ToString().TrimEnd();
    }

    public bool Equals(RemoteReply? other) =>
        other is not null && Code == other.Code && Status == other.Status && Lines.SequenceEqual(other.Lines, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Code, Status, Lines.Count);

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, out ReadOnlySequence<byte> line)
    {
        line = default;
        var end = rest.PositionOf((byte)'\n');
        var length = end is null ? rest.Length : rest.Slice(0, end.Value).Length;
        if (length > MaxLineOctets) throw new SmtpProtocolException("a reply line is too long");
        if (end is null) return false;
        line = rest.Slice(0, end.Value);
        rest = rest.Slice(rest.GetPosition(1, end.Value));
        return true;
    }

    private static bool ReadLine(ReadOnlySequence<byte> line, List<string> lines, out int code)
    {
        if (lines.Count == MaxLines) throw new SmtpProtocolException("a reply has too many lines");
        var text = Encoding.UTF8.GetString(line).TrimEnd('\r');
        if (text.Length < 3 || !int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out code)
            || code is < 200 or > 599 || (text.Length > 3 && text[3] is not (' ' or '-')))
        {
            throw new SmtpProtocolException("the server sent something that is no reply");
        }
        lines.Add(text.Length > 4 ? ReplyFormat.Neuter(text[4..]) : "");
        return text.Length == 3 || text[3] == ' ';
    }

    /// <summary>A status whose class contradicts the code says nothing (RFC 3463 §2, RFC 2034 §4).</summary>
    private static EnhancedStatus? FindStatus(int code, List<string> lines)
    {
        var line = lines[^1];
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var word = space < 0 ? line : line[..space];
        return EnhancedStatus.TryParse(word, out var status) && status.Class == code / 100 ? status : null;
    }
}
