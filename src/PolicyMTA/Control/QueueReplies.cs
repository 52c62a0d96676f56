using PolicyMTA.Sdk;

namespace PolicyMTA.Control;

/// <summary>A message of the queue, as <c>GET /queue</c> gives it: one JSON object on a line.</summary>
internal sealed record QueueReply(string Id, DateTimeOffset Arrived, long Size, string Sender, string Client, string? SaslUser, string? EnvelopeId, IReadOnlyList<QueueRecipientReply> Recipients)
{
    public static QueueReply From(QueueEntry entry) => new(
        entry.Id.ToString(), entry.Arrived, entry.Size, entry.Sender.ToString(), entry.Origin.Client, entry.Origin.SaslUser, entry.Mail.EnvelopeId, [.. entry.Recipients.Select(QueueRecipientReply.From)]);

    /// <summary>The words for states, as people write them.</summary>
    public static string Word(RecipientState state) => state.ToString().ToLowerInvariant();
}

/// <summary>A recipient of a queued message.</summary>
internal sealed record QueueRecipientReply(string Address, string? Original, string State, DateTimeOffset Due, int Attempts, string? Status, string? Reason, string? Hold, DateTimeOffset? HoldExpires, string? Destination = null)
{
    public static QueueRecipientReply From(QueuedRecipient recipient) => new(
        recipient.Address.ToString(), recipient.Original?.ToString(), QueueReply.Word(recipient.State), recipient.Due, recipient.Attempts, recipient.LastStatus?.ToString(), recipient.LastText, recipient.HoldName, recipient.HoldExpires, recipient.Destination);
}

/// <summary>A destination with mail that waits, as <c>GET /queue/top</c> gives it.</summary>
internal sealed record DestinationReply(string Destination, long Waiting, long Deferred, DateTimeOffset Oldest, DateTimeOffset NextDue);

/// <summary>What <c>GET /queue/stats</c> says.</summary>
internal sealed record QueueStatsReply(IReadOnlyDictionary<string, long> States, IReadOnlyDictionary<string, long> Holds, IReadOnlyList<AgeReply> Ages);

/// <summary>How many messages are at most so old, and older than the one before.</summary>
internal sealed record AgeReply(string UpTo, long Messages, long Bytes);
