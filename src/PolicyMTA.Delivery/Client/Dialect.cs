namespace PolicyMTA.Delivery.Client;

/// <summary>SMTP or LMTP (RFC 2033): the same dialogue but for the greeting and the replies behind the content. An immutable value.</summary>
internal sealed record Dialect
{
    private Dialect() { }

    public static Dialect Smtp { get; } = new() { Name = "smtp", Hello = "EHLO", FallsBackToHelo = true };
    public static Dialect Lmtp { get; } = new() { Name = "lmtp", Hello = "LHLO", RepliesPerRecipient = true };

    public required string Name { get; init; }
    public required string Hello { get; init; }
    public bool FallsBackToHelo { get; init; }
    /// <summary>One reply behind the content for each accepted recipient (RFC 2033 §4.2).</summary>
    public bool RepliesPerRecipient { get; init; }
}
