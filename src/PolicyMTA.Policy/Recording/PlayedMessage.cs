using System.Text;
using PolicyMTA.Policy.Shadow;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>A recorded message. What was not recorded is empty, and it is known that it was looked for.</summary>
internal sealed class PlayedMessage(RecordedMessage message) : DetachedMessage(message.Size, message.Headers)
{
    /// <summary>True when a rule looked for a body that was not recorded.</summary>
    public bool WasMissed { get; private set; }

    /// <inheritdoc/>
    public override Stream OpenRead()
    {
        var text = new StringBuilder();
        foreach (var field in message.Headers) text.Append(field.Name).Append(':').Append(field.Value).Append("\r\n");
        var whole = new MemoryStream();
        whole.Write(Encoding.UTF8.GetBytes(text.Append("\r\n").ToString()));
        whole.Write(Body());
        whole.Position = 0;
        return whole;
    }

    /// <inheritdoc/>
    public override Stream OpenBody() => new MemoryStream(Body(), writable: false);

    private byte[] Body()
    {
        if (message.Body is null) WasMissed = true;
        return message.Body ?? [];
    }
}
