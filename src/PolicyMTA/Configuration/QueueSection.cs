namespace PolicyMTA.Configuration;

/// <summary><c>[queue]</c>.</summary>
/// <param name="Folder">Where the queue lives.</param>
/// <param name="Store">The store's name: <c>sqlite</c>, or one that a plugin declares.</param>
/// <param name="Node">This machine's name among several; null: the machine's own.</param>
/// <param name="HoldDeliveries">True keeps everything in the queue: for maintenance and measurements.</param>
internal sealed record QueueSection(string Folder, string Store, string? Node, bool HoldDeliveries)
{
    /// <summary>Reads the section.</summary>
    public static QueueSection From(Parameters section) =>
        new(section.FilePath("folder") ?? section.Root, section.Text("store"), section.Text("node") is { Length: > 0 } node ? node : null, section.Boolean("hold_deliveries"));
}
