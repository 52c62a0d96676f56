namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>Reads a content as lines with their CRLF; one that is longer than the limit comes in pieces. Holds one buffer, however large the content. One reader.</summary>
internal sealed class LineSource(Stream content, int lineLimit) : IAsyncDisposable
{
    private byte[] _buffer = new byte[Math.Max(64 * 1024, 2 * (lineLimit + 2))];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The next line, valid until the one behind it is read; empty at the end.</summary>
    internal ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken) =>
        TryTake(out var line) ? new(line) : FillAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _buffer = [];
        return content.DisposeAsync();
    }

    private async ValueTask<ReadOnlyMemory<byte>> FillAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_isAtEnd)
            {
                var rest = _buffer.AsMemory(_start, _end - _start);
                _start = _end;
                return rest;
            }
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            var count = await content.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += count;
            _isAtEnd = count == 0;
            if (TryTake(out var line)) return line;
        }
    }

    private bool TryTake(out ReadOnlyMemory<byte> line)
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        var length = rest.IndexOf((byte)'\n') + 1;
        // The line's end does not count; a CR is never parted from its LF.
        if (length == 0 ? rest.Length > lineLimit + 1 : length > lineLimit + 2) length = lineLimit;
        line = _buffer.AsMemory(_start, length);
        _start += length;
        return length > 0;
    }
}
