using System.Globalization;
using PolicyMTA.Delivery.Local;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>Reads place, owner and quota of a virtual mailbox from the tables.</summary>
internal static class VirtualMailboxFinder
{
    private static readonly EnhancedStatus UnknownUser = new(5, 1, 1);
    private static readonly EnhancedStatus BadConfiguration = new(4, 3, 5);
    private static readonly EnhancedStatus LookupFailed = new(4, 3, 0);

    /// <exception cref="NoMailboxException">There is none, or the tables don't say for now.</exception>
    public static async ValueTask<VirtualMailbox> FindAsync(Address address, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var value = await AskAsync("virtual_mailbox_maps", settings.VirtualMailboxMaps, address, settings, cancellationToken)
            ?? throw new NoMailboxException(UnknownUser, $"unknown user: \"{address}\"");
        var path = MailboxPath.Find(settings.VirtualMailboxBase, value, out var reason) ?? throw new NoMailboxException(BadConfiguration, "mail system configuration error: bad mailbox path", reason);
        return new VirtualMailbox(path, value.EndsWith('/'), await OwnerAsync(address, settings, cancellationToken), await QuotaAsync(address, settings, cancellationToken));
    }

    // virtual(8): when there are owners, every mailbox has one. Without the tables all mailboxes are ours.
    private static async ValueTask<UserAccount?> OwnerAsync(Address address, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var own = settings.Virtual;
        if (own.UserIdMaps.Count == 0 && own.GroupIdMaps.Count == 0) return null;
        var user = await IdAsync("virtual_uid_maps", "uid", own.UserIdMaps, Math.Max(1, own.MinimumUserId), address, settings, cancellationToken);
        var group = await IdAsync("virtual_gid_maps", "gid", own.GroupIdMaps, 1, address, settings, cancellationToken);
        return new UserAccount(string.Create(CultureInfo.InvariantCulture, $"id {user}"), user, group, "/", "");
    }

    private static async ValueTask<uint> IdAsync(string parameter, string kind, IReadOnlyList<ILookupTable> tables, long minimum, Address address, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var text = await AskAsync(parameter, tables, address, settings, cancellationToken) ?? throw Mistake($"not found in {parameter}");
        // The highest number is what system calls read as "none".
        if (!uint.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == uint.MaxValue) throw Mistake($"bad {kind} {text} in {parameter}");
        return id >= minimum ? id : throw Mistake(string.Create(CultureInfo.InvariantCulture, $"bad {kind} {text} in {parameter} < minimum {minimum}"));
    }

    private static async ValueTask<long> QuotaAsync(Address address, DeliverySettings settings, CancellationToken cancellationToken)
    {
        if (await AskAsync("virtual_mailbox_quota_maps", settings.Virtual.QuotaMaps, address, settings, cancellationToken) is not { } text) return 0;
        return long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : throw Mistake($"bad quota {text} in virtual_mailbox_quota_maps: it is a number of bytes, 0 for no limit");
    }

    private static async ValueTask<string?> AskAsync(string parameter, IReadOnlyList<ILookupTable> tables, Address address, DeliverySettings settings, CancellationToken cancellationToken)
    {
        var result = await MailboxLookup.FindAsync(tables, address, settings.RecipientDelimiter, cancellationToken);
        return result.IsFailure ? throw new NoMailboxException(LookupFailed, $"mail system configuration error: {parameter} lookup failed", $"{parameter}: {result.Failure}") : result.Value;
    }

    private static NoMailboxException Mistake(string reason) => new(BadConfiguration, "mail system configuration error", reason);
}
