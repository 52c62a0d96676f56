using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Verification;

/// <summary>What a probe has to deliver: nothing.</summary>
internal sealed class EmptyContent : IMessageContent
{
    public static EmptyContent Instance { get; } = new();

    public long Length => 0;

    public IReadOnlyList<ReadOnlyMemory<byte>>? Segments => [];

    public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken) => new(Stream.Null);
}
