using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Shadow;

/// <summary>A session's message, for the shadow set.</summary>
internal sealed class ShadowMessage(IMessage message) : DetachedMessage(message.Size, message.Headers)
{
    /// <inheritdoc/>
    public override Stream OpenRead() => message.OpenRead();

    /// <inheritdoc/>
    public override Stream OpenBody() => message.OpenBody();
}
