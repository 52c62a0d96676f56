using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>
/// Writes content for DATA or BDAT: leaves no bare CR or bare LF behind that another server might read as the end of a line, and no NUL at the start of a line,
/// where one that drops NULs would find the dot behind it. For DATA leading dots are doubled and a final dot is written (RFC 5321 §4.5.2).
/// A line that is longer than the limit goes on behind a line break and a space, as Postfix's <c>smtp_line_length_limit</c> has it: servers cut or refuse lines of more
/// than 998 octets (RFC 5321 §4.5.3.1.6). Content that is clean already passes unaltered, so that signatures hold. One per message.
/// </summary>
/// <param name="isDotted">True for DATA.</param>
/// <param name="lineLimit">Octets of a line without its end; 0 for no limit.</param>
public sealed class OutgoingContent(bool isDotted = true, int lineLimit = 0)
{
    private static readonly SearchValues<byte> Odd = SearchValues.Create("\r\n"u8);

    // A line of one octet would hold the space it goes on behind and nothing else.
    private readonly int _limit = lineLimit > 0 ? Math.Max(lineLimit, 2) : int.MaxValue;
    private int _room = lineLimit > 0 ? Math.Max(lineLimit, 2) : int.MaxValue;
    private bool _isAtLineStart = true;
    private bool _hasReturn;

    public void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        while (bytes.Length > 0)
        {
            if (_hasReturn)
            {
                bytes = AfterReturn(bytes, output);
            }
            else if (isDotted && _isAtLineStart && bytes[0] == (byte)'.')
            {
                output.Write(".."u8);
                _isAtLineStart = false;
                _room--;
                bytes = bytes[1..];
            }
            else
            {
                if (_room <= 0 && !Odd.Contains(bytes[0])) Fold(output);
                var run = PlainRun(bytes);
                output.Write(bytes[..run]);
                bytes = run > 0 ? bytes[run..] : Step(bytes, output);
            }
        }
    }

    /// <summary>Ends an open line and, for DATA, writes the final dot.</summary>
    public void Finish(IBufferWriter<byte> output)
    {
        if (_hasReturn) output.Write(" "u8);
        if (_hasReturn || !_isAtLineStart) output.Write("\r\n"u8);
        if (isDotted) output.Write(".\r\n"u8);
        _hasReturn = false;
        StartLine();
    }

    /// <summary>Whole lines, up to one that begins with a dot or to something odd.</summary>
    private int PlainRun(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            if (_isAtLineStart && (bytes[at] == 0 || isDotted && bytes[at] == (byte)'.')) return at;
            var odd = bytes[at..].IndexOfAny(Odd);
            var length = odd < 0 ? bytes.Length - at : odd;
            if (length > 0) _isAtLineStart = false;
            if (length > _room)
            {
                at += _room;
                _room = 0;
                return at;
            }
            _room -= length;
            at += length;
            if (odd < 0) return at;
            if (bytes[at] != (byte)'\r' || at + 1 >= bytes.Length || bytes[at + 1] != (byte)'\n') return at;
            at += 2;
            StartLine();
        }
        return at;
    }

    private void Fold(IBufferWriter<byte> output)
    {
        output.Write("\r\n "u8);
        _room = _limit - 1;
    }

    private void StartLine()
    {
        _isAtLineStart = true;
        _room = _limit;
    }

    private ReadOnlySpan<byte> Step(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        switch (bytes[0])
        {
            case (byte)'\r':
                _hasReturn = true;
                break;
            case (byte)'\n':
                output.Write("\r\n"u8);
                StartLine();
                break;
            default:
                output.Write(" "u8);
                _isAtLineStart = false;
                _room--;
                break;
        }
        return bytes[1..];
    }

    private ReadOnlySpan<byte> AfterReturn(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        _hasReturn = false;
        if (bytes[0] == (byte)'\n')
        {
            output.Write("\r\n"u8);
            StartLine();
            return bytes[1..];
        }
        if (_room <= 0) Fold(output);
        output.Write(" "u8);
        _isAtLineStart = false;
        _room--;
        return bytes;
    }
}
