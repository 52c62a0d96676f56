namespace PolicyMTA.Queue.Storage;

/// <summary>Pieces of memory one after the other, then the rest of a stream.</summary>
internal sealed class ContentStream(IReadOnlyList<ReadOnlyMemory<byte>> pieces, Stream? rest) : Stream
{
    internal const int BufferSize = 65_536;

    private int _piece, _offset;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var count = ReadPiece(buffer);
        return count > 0 || rest is null ? count : rest.Read(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = ReadPiece(buffer.Span);
        return count > 0 || rest is null ? new(count) : rest.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) rest?.Dispose();
        base.Dispose(disposing);
    }

    private int ReadPiece(Span<byte> buffer)
    {
        while (_piece < pieces.Count && _offset == pieces[_piece].Length) (_piece, _offset) = (_piece + 1, 0);
        if (_piece == pieces.Count || buffer.IsEmpty) return 0;
        var count = Math.Min(buffer.Length, pieces[_piece].Length - _offset);
        pieces[_piece].Span.Slice(_offset, count).CopyTo(buffer);
        _offset += count;
        return count;
    }
}
