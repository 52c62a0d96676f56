using PolicyMTA.Delivery.Local;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>A virtual mailbox as the tables describe it. An immutable value.</summary>
/// <param name="Path">Its folder or file.</param>
/// <param name="IsMaildir">A folder; else a file in mbox format.</param>
/// <param name="Owner">With whose rights it is written; null: ours.</param>
/// <param name="Quota">The bytes a maildir may hold; 0 for no limit.</param>
internal sealed record VirtualMailbox(string Path, bool IsMaildir, UserAccount? Owner, long Quota);

/// <summary>The tables have no usable mailbox for an address: what is answered, and what the log is told when it is a mistake of the configuration.</summary>
internal sealed class NoMailboxException(Sdk.EnhancedStatus status, string text, string? mistake = null) : Exception(text)
{
    public Sdk.EnhancedStatus Status { get; } = status;
    public string? Mistake { get; } = mistake;
}
