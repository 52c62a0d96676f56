using System.Buffers;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>Gives each line of a new body CR LF, whatever the filter wrote and wherever its pieces part. One per body.</summary>
internal sealed class LineEnds
{
    private bool _isBehindReturn;
    private bool _isInLine;

    internal ReadOnlyMemory<byte> Write(ReadOnlySpan<byte> piece)
    {
        var clean = new ArrayBufferWriter<byte>(piece.Length + 2);
        while (!piece.IsEmpty)
        {
            var end = piece.IndexOf((byte)'\n');
            var line = end < 0 ? piece : piece[..end];
            var lacksReturn = line.IsEmpty ? !_isBehindReturn : line[^1] != '\r';
            clean.Write(line);
            if (!line.IsEmpty) _isBehindReturn = line[^1] == '\r';
            _isInLine = end < 0;
            if (end < 0) break;
            clean.Write(lacksReturn ? "\r\n"u8 : "\n"u8);
            _isBehindReturn = false;
            piece = piece[(end + 1)..];
        }
        return clean.WrittenMemory;
    }

    /// <summary>What lacks at the end of the last line.</summary>
    internal ReadOnlyMemory<byte> Finish() => !_isInLine ? default : _isBehindReturn ? "\n"u8.ToArray() : "\r\n"u8.ToArray();
}
