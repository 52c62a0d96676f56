using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

internal sealed class MemoryWriter : IContentWriter
{
    private readonly MemoryStream _bytes = new();

    public long Length => _bytes.Length;

    public ReadOnlyMemory<byte>? Memory => _bytes.ToArray();

    public string Text => Encoding.UTF8.GetString(_bytes.ToArray());

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _bytes.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public Stream OpenRead() => new MemoryStream(_bytes.ToArray());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
