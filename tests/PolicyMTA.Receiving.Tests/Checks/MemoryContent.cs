using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests.Checks;

/// <summary>A content in memory.</summary>
internal sealed class MemoryContent : IContentWriter
{
    private readonly MemoryStream _bytes = new();

    public bool IsDisposed { get; private set; }

    public long Length => _bytes.Length;

    public ReadOnlyMemory<byte>? Memory => _bytes.ToArray();

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _bytes.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public Stream OpenRead() => new MemoryStream(_bytes.ToArray());

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
