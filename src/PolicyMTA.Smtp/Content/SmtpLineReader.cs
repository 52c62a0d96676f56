using System.Buffers;

namespace PolicyMTA.Smtp;

/// <summary>Cuts a client's bytes into command lines. One per session; remembers only that it is inside an overlong line.</summary>
public sealed class SmtpLineReader(int limit = SmtpLineReader.DefaultLimit)
{
    /// <summary>Postfix <c>line_length_limit</c>.</summary>
    public const int DefaultLimit = 2048;

    /// <summary>True when a line is complete: <paramref name="line"/> is it without its end, valid as long as the buffer. The buffer is advanced past what was taken.</summary>
    public bool TryReadLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line, out LineEnding ending) => throw new NotImplementedException($"{limit}");
}
