using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>Lines of a stream, up to a length.</summary>
internal sealed class LineReader(Stream stream)
{
    // Dovecot's own limit is 8 KiB; fields that a database adds may make it longer.
    internal const int LongestLine = 64 * 1024;

    private readonly PipeReader _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

    /// <summary>The next line without its end; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">It is too long.</exception>
    internal async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                if (buffer.GetOffset(end) - buffer.GetOffset(buffer.Start) > LongestLine) throw TooLong();
                var line = Encoding.UTF8.GetString(buffer.Slice(0, end));
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                return line.EndsWith('\r') ? line[..^1] : line;
            }
            if (buffer.Length > LongestLine) throw TooLong();
            if (result.IsCompleted) return null;
            _reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Gives the buffers back.</summary>
    internal ValueTask CompleteAsync() => _reader.CompleteAsync();

    private static InvalidDataException TooLong() => new($"a line of more than {LongestLine} bytes");
}
