namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>The place of a mailbox: the value of <c>virtual_mailbox_maps</c> under <c>virtual_mailbox_base</c>, and never outside it. With a closing slash it is a maildir.</summary>
internal static class MailboxPath
{
    /// <summary>The full path without a closing slash, or null with the reason.</summary>
    public static string? Find(string root, string value, out string reason)
    {
        reason = "";
        if (root.Length == 0) reason = "virtual_mailbox_base is not set";
        else if (value.Length == 0 || value.Contains('\0', StringComparison.Ordinal)) reason = "the mailbox path is empty or has a null character";
        if (reason.Length > 0) return null;

        // virtual(8): a value that looks absolute still lies under the base.
        var folder = Path.GetFullPath(root);
        var path = Path.GetFullPath(Path.Combine(folder, value.TrimStart('/')));
        if (path.StartsWith(folder.EndsWith('/') ? folder : folder + "/", StringComparison.Ordinal) && path.TrimEnd('/').Length > folder.TrimEnd('/').Length) return path.TrimEnd('/');
        reason = "the mailbox path leaves virtual_mailbox_base";
        return null;
    }
}
