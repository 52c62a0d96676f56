using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>Cuts a client's bytes into command lines. One per session; between calls it keeps only the head of an overlong line.</summary>
public sealed class SmtpLineReader(int limit = SmtpLineReader.DefaultLimit)
{
    /// <summary>Postfix <c>line_length_limit</c>.</summary>
    public const int DefaultLimit = 2048;

    private byte[]? _head;

    /// <summary>
    /// True when a line is complete: <paramref name="line"/> is it without its end, valid as long as the buffer. The buffer is advanced past what
    /// was taken, also when the answer is false because the rest of an overlong line is still to come.
    /// </summary>
    public bool TryReadLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line, out LineEnding ending)
    {
        line = default;
        ending = LineEnding.CrLf;
        var end = buffer.PositionOf((byte)'\n');
        if (end is null)
        {
            DropOverlong(ref buffer);
            return false;
        }

        line = buffer.Slice(0, end.Value);
        buffer = buffer.Slice(buffer.GetPosition(1, end.Value));
        if (_head is not null || line.Length > limit + 1)
        {
            line = _head is null ? line.Slice(0, limit) : new ReadOnlySequence<byte>(_head);
            _head = null;
            ending = LineEnding.TooLong;
            return true;
        }
        ending = TrimReturns(ref line) ? LineEnding.CrLf : LineEnding.BareLf;
        if (line.Length <= limit) return true;
        line = line.Slice(0, limit);
        ending = LineEnding.TooLong;
        return true;
    }

    /// <summary>One octet more than the limit may still be the CR of a line that is just long enough.</summary>
    private void DropOverlong(ref ReadOnlySequence<byte> buffer)
    {
        if (_head is null && buffer.Length <= limit + 1) return;
        _head ??= buffer.Slice(0, limit).ToArray();
        buffer = buffer.Slice(buffer.End);
    }

    /// <summary>Postfix takes any number of CRs before the LF as part of the line's end.</summary>
    private static bool TrimReturns(ref ReadOnlySequence<byte> line)
    {
        var length = line.Length;
        while (length > 0 && line.Slice(length - 1, 1).FirstSpan[0] == (byte)'\r') length--;
        var isTrimmed = length < line.Length;
        line = line.Slice(0, length);
        return isTrimmed;
    }
}
