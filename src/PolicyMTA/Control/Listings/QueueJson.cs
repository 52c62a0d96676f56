using System.Text.Json;

namespace PolicyMTA.Control.Listings;

/// <summary>One JSON object on a line for each message.</summary>
internal sealed class QueueJson(TextWriter output) : IListing
{
    public void Add(QueueReply message) => output.WriteLine(JsonSerializer.Serialize(message, ControlJson.Default.QueueReply));

    public void End() { }
}
