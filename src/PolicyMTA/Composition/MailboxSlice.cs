using PolicyMTA.Configuration;
using PolicyMTA.Delivery;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>What virtual mailboxes and mailbox files need of a generation, in delivery's words.</summary>
internal static class MailboxSlice
{
    public static VirtualSettings Of(Parameters parameters, ILookupTables tables)
    {
        IReadOnlyList<ILookupTable> TablesOf(string name) => [.. parameters.List(name).Select(tables.Open)];
        return new VirtualSettings
        {
            MailboxLimit = LimitOf(parameters),
            QuotaMaps = TablesOf("virtual_mailbox_quota_maps"),
            OverquotaBounce = parameters.Boolean("virtual_overquota_bounce"),
            UserIdMaps = TablesOf("virtual_uid_maps"),
            GroupIdMaps = TablesOf("virtual_gid_maps"),
            MinimumUserId = parameters.Int64("virtual_minimum_uid"),
            StrictOwnership = parameters.Boolean("strict_mailbox_ownership"),
            Locking = LockingOf(parameters, "virtual_mailbox_lock"),
        };
    }

    /// <summary>The locks that a parameter names.</summary>
    public static MailboxLocking LockingOf(Parameters parameters, string name) => new()
    {
        Kinds = parameters.List(name),
        Attempts = parameters.Int32("deliver_lock_attempts"),
        Delay = parameters.Duration("deliver_lock_delay"),
        StaleTime = parameters.Duration("stale_lock_time"),
    };

    // Who takes larger messages than Postfix does by default wants them in the mailboxes too.
    private static long LimitOf(Parameters parameters)
    {
        var (limit, largest) = (parameters.Int64("virtual_mailbox_limit"), parameters.Int64("message_size_limit"));
        return !parameters.Given.ContainsKey("virtual_mailbox_limit") && (largest == 0 || largest >= limit) ? 0 : limit;
    }
}
