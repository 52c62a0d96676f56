using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>
/// Writes content for DATA or BDAT: leaves no bare CR or bare LF behind that another server might read as the end of a line, and no NUL at the start of a line,
/// where one that drops NULs would find the dot behind it. For DATA leading dots are doubled and a final dot is written (RFC 5321 §4.5.2).
/// Content that is clean already passes unaltered, so that signatures hold. One per message.
/// </summary>
public sealed class OutgoingContent(bool isDotted = true)
{
    private static readonly SearchValues<byte> Odd = SearchValues.Create("\r\n"u8);

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
                bytes = bytes[1..];
            }
            else
            {
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
        _isAtLineStart = true;
    }

    /// <summary>Whole lines, up to one that begins with a dot or to something odd.</summary>
    private int PlainRun(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            if (_isAtLineStart && (bytes[at] == 0 || isDotted && bytes[at] == (byte)'.')) return at;
            var odd = bytes[at..].IndexOfAny(Odd);
            if (odd != 0) _isAtLineStart = false;
            if (odd < 0) return bytes.Length;
            at += odd;
            if (bytes[at] != (byte)'\r' || at + 1 >= bytes.Length || bytes[at + 1] != (byte)'\n') return at;
            at += 2;
            _isAtLineStart = true;
        }
        return at;
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
                _isAtLineStart = true;
                break;
            default:
                output.Write(" "u8);
                _isAtLineStart = false;
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
            _isAtLineStart = true;
            return bytes[1..];
        }
        output.Write(" "u8);
        _isAtLineStart = false;
        return bytes;
    }
}
