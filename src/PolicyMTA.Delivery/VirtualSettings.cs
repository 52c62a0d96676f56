using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>The parameters of virtual mailboxes beyond their path (virtual(8)). An immutable value.</summary>
public sealed record VirtualSettings
{
    /// <summary><c>virtual_mailbox_limit</c>: the largest mailbox file, and the largest file of a maildir, in bytes; 0 for no limit.</summary>
    public long MailboxLimit { get; init; }
    /// <summary><c>virtual_mailbox_quota_maps</c>: address to the bytes its maildir may hold; 0 for no limit.</summary>
    public IReadOnlyList<ILookupTable> QuotaMaps { get; init; } = [];
    /// <summary><c>virtual_overquota_bounce</c>: mail for a full maildir comes back instead of waiting.</summary>
    public bool OverquotaBounce { get; init; }
    /// <summary><c>virtual_uid_maps</c>; empty: mailboxes belong to the server's user.</summary>
    public IReadOnlyList<ILookupTable> UserIdMaps { get; init; } = [];
    /// <summary><c>virtual_gid_maps</c>.</summary>
    public IReadOnlyList<ILookupTable> GroupIdMaps { get; init; } = [];
    /// <summary><c>virtual_minimum_uid</c>.</summary>
    public long MinimumUserId { get; init; } = 100;
    /// <summary><c>strict_mailbox_ownership</c>.</summary>
    public bool StrictOwnership { get; init; } = true;
    /// <summary><c>virtual_mailbox_lock</c>.</summary>
    public MailboxLocking Locking { get; init; } = new();
}
