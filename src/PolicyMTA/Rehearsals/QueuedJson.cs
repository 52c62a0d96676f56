using System.Text.Json.Nodes;
using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>A queued message as tests see it.</summary>
internal static class QueuedJson
{
    public static JsonObject Of(QueueEntry entry, string content)
    {
        var end = content.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var (head, body) = end < 0 ? (content, "") : (content[..(end + 2)], content[(end + 4)..]);
        return new JsonObject
        {
            ["id"] = entry.Id.Value,
            ["sender"] = entry.Sender.ToString(),
            ["size"] = entry.Size,
            ["recipients"] = new JsonArray([.. entry.Recipients.Select(Of)]),
            ["headers"] = new JsonArray([.. Fields(head)]),
            ["body"] = body,
        };
    }

    private static JsonNode Of(QueuedRecipient recipient) => new JsonObject
    {
        ["address"] = recipient.Address.ToString(),
        ["original"] = (recipient.Original ?? recipient.Address).ToString(),
        ["state"] = recipient.State == RecipientState.Held ? "held" : "due",
        ["hold"] = recipient.HoldName,
        ["route"] = recipient.RouteOverride,
    };

    private static IEnumerable<JsonNode> Fields(string head)
    {
        foreach (var field in head.Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", " ", StringComparison.Ordinal).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) yield return new JsonObject { ["name"] = field[..colon], ["value"] = field[(colon + 1)..].Trim() };
        }
    }
}
