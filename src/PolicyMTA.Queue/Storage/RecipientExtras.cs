using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>What few recipients have, as JSON; most rows have none.</summary>
internal sealed record RecipientExtras
{
    public string? Original { get; init; }
    public bool Forwarded { get; init; }
    public Notify Notify { get; init; }
    public string? OriginalRecipient { get; init; }
    public string? Route { get; init; }
    public StoredFailure? Failure { get; init; }

    internal static byte[]? Write(QueuedRecipient recipient)
    {
        if (recipient is { Original: null, IsForwarded: false } && recipient.RouteOverride is null && recipient.Parameters is { Notify: Notify.Unspecified, OriginalRecipient: null }) return null;
        return JsonSerializer.SerializeToUtf8Bytes(new RecipientExtras
        {
            Original = recipient.Original is { } original ? StoredAddress.Write(original) : null, Forwarded = recipient.IsForwarded, Notify = recipient.Parameters.Notify,
            OriginalRecipient = recipient.Parameters.OriginalRecipient, Route = recipient.RouteOverride,
        }, StoredJson.Default.RecipientExtras);
    }

    /// <exception cref="JsonException">The row is damaged.</exception>
    internal static RecipientExtras? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, StoredJson.Default.RecipientExtras);
}
