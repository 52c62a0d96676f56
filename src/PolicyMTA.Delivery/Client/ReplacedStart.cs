using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>A content with other bytes in the place of its first ones.</summary>
internal sealed class ReplacedStart(IMessageContent content, int replaced, byte[] start) : IMessageContent
{
    public long Length => content.Length - replaced + start.Length;

    public IReadOnlyList<ReadOnlyMemory<byte>>? Segments { get; } = content.Segments is { } segments ? [start, .. Behind(segments, replaced)] : null;

    public async ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken)
    {
        var rest = await content.OpenReadAsync(cancellationToken);
        try
        {
            var skipped = new byte[replaced];
            await rest.ReadExactlyAsync(skipped, cancellationToken);
            return new StartStream(start, rest);
        }
        catch
        {
            await rest.DisposeAsync();
            throw;
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Behind(IReadOnlyList<ReadOnlyMemory<byte>> segments, int skip)
    {
        foreach (var segment in segments)
        {
            var taken = Math.Min(skip, segment.Length);
            skip -= taken;
            if (taken < segment.Length) yield return segment[taken..];
        }
    }

    private sealed class StartStream(ReadOnlyMemory<byte> start, Stream rest) : Stream
    {
        private ReadOnlyMemory<byte> _start = start;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_start.IsEmpty) return rest.Read(buffer);
            var taken = Take(buffer.Length);
            taken.Span.CopyTo(buffer);
            return taken.Length;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_start.IsEmpty) return rest.ReadAsync(buffer, cancellationToken);
            var taken = Take(buffer.Length);
            taken.CopyTo(buffer);
            return new(taken.Length);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }

        private ReadOnlyMemory<byte> Take(int count)
        {
            var taken = _start[..Math.Min(count, _start.Length)];
            _start = _start[taken.Length..];
            return taken;
        }
    }
}
