using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>What a recipient failed of, until it is reported.</summary>
internal sealed record StoredFailure
{
    public required string Status { get; init; }
    public required string Text { get; init; }
    public string? Reply { get; init; }
    public string? Host { get; init; }
    public string? Relay { get; init; }

    internal static byte[] Write(RecipientOutcome outcome) => JsonSerializer.SerializeToUtf8Bytes(
        new StoredFailure { Status = outcome.Status.ToString(), Text = outcome.Text, Reply = outcome.RemoteReply, Host = outcome.RemoteHost, Relay = outcome.Relay }, StoredJson.Default.StoredFailure);

    internal RecipientOutcome Read(int recipient) => new()
    {
        Recipient = recipient, Action = DeliveryAction.Failed, Status = EnhancedStatus.TryParse(Status, out var status) ? status : new EnhancedStatus(5, 0, 0), Text = Text,
        RemoteReply = Reply, RemoteHost = Host, Relay = Relay ?? "none",
    };
}
