using System.Buffers;
using System.Text;

namespace PolicyMTA.Filters.Scanning;

/// <summary>Reads a scanner's answer: texts that end in a byte, and pieces. It keeps no more than it was told to. Not thread-safe.</summary>
internal sealed class AnswerReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start, _end;

    /// <summary>How many bytes were taken from it.</summary>
    internal long Count { get; private set; }

    /// <summary>A text up to a byte, which is not part of it.</summary>
    /// <exception cref="InvalidDataException">It is longer.</exception>
    /// <exception cref="EndOfStreamException">The answer is over before it.</exception>
    internal async ValueTask<string> ReadUntilAsync(byte last, int longest, CancellationToken cancellationToken)
    {
        var text = new ArrayBufferWriter<byte>();
        while (true)
        {
            var piece = _buffer.AsMemory(_start, _end - _start);
            var at = piece.Span.IndexOf(last);
            var part = at < 0 ? piece : piece[..at];
            if (text.WrittenCount + part.Length > longest) throw new InvalidDataException($"a text of more than {longest} bytes");
            text.Write(part.Span);
            Take(at < 0 ? part.Length : at + 1);
            if (at >= 0) return Encoding.Latin1.GetString(text.WrittenSpan);
            if (!await FillAsync(cancellationToken)) throw new EndOfStreamException();
        }
    }

    /// <summary>A line without its end.</summary>
    internal async ValueTask<string> ReadLineAsync(int longest, CancellationToken cancellationToken)
    {
        var line = await ReadUntilAsync((byte)'\n', longest, cancellationToken);
        return line.EndsWith('\r') ? line[..^1] : line;
    }

    /// <summary>What comes next, valid until the next call; empty at the end.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (_start == _end && !await FillAsync(cancellationToken)) return default;
        var piece = _buffer.AsMemory(_start, _end - _start);
        Take(piece.Length);
        return piece;
    }

    private void Take(int count) => (_start, Count) = (_start + count, Count + count);

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        (_start, _end) = (0, await stream.ReadAsync(_buffer, cancellationToken));
        return _end > 0;
    }
}
