using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>
/// Finds recipients that a message has already (Postfix cleanup_out_recipient.c): the same mailbox by the same way, or with <c>enable_original_recipient = no</c> by whatever way. One
/// message's alone.
/// </summary>
internal sealed class DuplicateFilter(CleanupSettings settings)
{
    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>True the first time; when more are known than <c>duplicate_filter_limit</c>, always.</summary>
    internal bool Add(Address target, Address original, RecipientParameters parameters)
    {
        var key = settings.KeepsOriginalRecipients ? $"{parameters.OriginalRecipient}\n{(int)parameters.Notify}\n{original}\n{target}" : target.ToString();
        if (settings.DuplicateFilterLimit == 0 || _seen.Count < settings.DuplicateFilterLimit) return _seen.Add(key);
        return !_seen.Contains(key);
    }
}
