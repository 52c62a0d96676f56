using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>Chooses recipients of the queue; what is null matches all. Addresses and domains are compared without regard to case. An immutable value.</summary>
public sealed record QueueFilter
{
    /// <summary>Everything.</summary>
    public static QueueFilter All { get; } = new();
    /// <summary>A reverse-path; empty for the null sender.</summary>
    public string? Sender { get; init; }
    /// <summary>A recipient's address.</summary>
    public string? Recipient { get; init; }
    /// <summary>A recipient's domain.</summary>
    public string? Domain { get; init; }
    /// <summary>A recipient's state.</summary>
    public RecipientState? State { get; init; }
    /// <summary>The account that logged in.</summary>
    public string? Account { get; init; }
    /// <summary>How long it is in the queue, in seconds.</summary>
    public NumberRange? Age { get; init; }
    /// <summary>A recipient's attempts.</summary>
    public NumberRange? Attempts { get; init; }
    /// <summary>A part of the text or status of a recipient's last outcome.</summary>
    public string? Reply { get; init; }
    /// <summary>The name of the hold that a recipient waits in.</summary>
    public string? Hold { get; init; }
    /// <summary>The destination a recipient waits for: <c>smtp:example.org</c>, or its next hop alone.</summary>
    public string? Destination { get; init; }

    internal bool Matches(QueueEntry entry, DateTimeOffset now) =>
        (Sender is null || string.Equals(Sender, entry.Sender.ToString(), StringComparison.OrdinalIgnoreCase))
        && (Account is null || string.Equals(Account, entry.Origin.SaslUser, StringComparison.OrdinalIgnoreCase))
        && (Age is null || Age.Contains((now - entry.Entered).TotalSeconds));

    internal bool Matches(QueuedRecipient recipient) =>
        (Recipient is null || string.Equals(Recipient, recipient.Address.ToString(), StringComparison.OrdinalIgnoreCase))
        && (Domain is null || string.Equals(Domain, recipient.Address.Domain, StringComparison.OrdinalIgnoreCase))
        && (State is null || State == recipient.State)
        && (Attempts is null || Attempts.Contains(recipient.Attempts))
        && (Reply is null || (recipient.LastText?.Contains(Reply, StringComparison.OrdinalIgnoreCase) ?? false) || (recipient.LastStatus?.ToString().StartsWith(Reply, StringComparison.Ordinal) ?? false))
        && (Hold is null || Hold == recipient.HoldName)
        && (Destination is null || IsDestination(recipient.Destination, Destination));

    private static bool IsDestination(string destination, string asked) =>
        string.Equals(destination, asked, StringComparison.OrdinalIgnoreCase)
        || destination.EndsWith($":{asked}", StringComparison.OrdinalIgnoreCase) || string.Equals(destination, $"@{asked}", StringComparison.OrdinalIgnoreCase);
}
