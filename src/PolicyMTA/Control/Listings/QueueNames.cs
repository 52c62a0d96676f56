using PolicyMTA.Sdk;

namespace PolicyMTA.Control.Listings;

/// <summary>Postfix's queues for what are states of recipients here.</summary>
internal static class QueueNames
{
    private static readonly Dictionary<string, string> States = new(StringComparer.Ordinal) { ["hold"] = "held", ["incoming"] = "due", ["active"] = "active", ["deferred"] = "deferred", ["corrupt"] = "corrupt" };

    /// <exception cref="ConfigurationException">There is no such queue.</exception>
    public static string StateOf(string queue) => States.TryGetValue(queue, out var state) ? state : throw new ConfigurationException($"'{queue}' is no queue; there are {string.Join(", ", States.Keys)}");

    public static string QueueOf(QueueReply message) =>
        message.Recipients.Any(r => r.State == "active") ? "active"
        : message.Recipients.Any(r => r.State == "deferred") ? "deferred"
        : message.Recipients.Any(r => r.State == "due") ? "incoming"
        : message.Recipients.Any(r => r.State == "held") ? "hold"
        : "corrupt";
}
