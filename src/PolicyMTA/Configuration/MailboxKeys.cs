using PolicyMTA.Delivery;

namespace PolicyMTA.Configuration;

/// <summary>The parameters of virtual mailboxes and of mailbox files (virtual(8), local(8)).</summary>
internal static class MailboxKeys
{
    public static IEnumerable<KeyDefinition> All() =>
    [
        Number("virtual_mailbox_limit", "51200000", "The largest virtual mailbox file, and the largest file of a maildir, in bytes; 0 for no limit. A message beyond it comes back. When it is not given, a larger `message_size_limit` lifts it."),
        Tables("virtual_mailbox_quota_maps", "", "The bytes each virtual maildir may hold, as PostfixAdmin keeps them; 0 for no limit. Kept in the file `maildirsize` as Maildir++ says."),
        Yes("virtual_overquota_bounce", "no", "Mail for a full maildir comes back (5.2.2) instead of waiting (4.2.2)."),
        Tables("virtual_uid_maps", "", "The user id each virtual mailbox is written as. Without it and `virtual_gid_maps` all belong to the server's user; only as root can the server be another."),
        Tables("virtual_gid_maps", "", "The group id each virtual mailbox is written as."),
        Number("virtual_minimum_uid", "100", "The least user id that `virtual_uid_maps` may give."),
        Locks("virtual_mailbox_lock", "How virtual mailbox files are locked: `fcntl`, `flock`, `dotlock`."),
        Locks("mailbox_delivery_lock", "How local mailbox files are locked."),
        Number("deliver_lock_attempts", "20", "How often a lock is tried."),
        Duration("deliver_lock_delay", "1s", "The time between two tries."),
        Duration("stale_lock_time", "500s", "An older lock file was left by a crash, and is removed."),
    ];

    private static KeyDefinition Locks(string name, string what) => new(name, KeyKind.List, "fcntl, dotlock", what)
    {
        FindMistake = words => words.FirstOrDefault(word => !MailboxLocking.Known.Contains(word)) is { } wrong ? $"'{wrong}' is none of {string.Join(", ", MailboxLocking.Known)}" : null,
    };

    private static KeyDefinition Number(string name, string value, string what) => new(name, KeyKind.Number, value, what);
    private static KeyDefinition Yes(string name, string value, string what) => new(name, KeyKind.Boolean, value, what);
    private static KeyDefinition Duration(string name, string value, string what) => new(name, KeyKind.Duration, value, what);
    private static KeyDefinition Tables(string name, string value, string what) => new(name, KeyKind.Tables, value, what);
}
