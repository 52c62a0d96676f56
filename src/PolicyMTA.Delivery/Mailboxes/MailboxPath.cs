namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>The folder of a mailbox: the value of <c>virtual_mailbox_maps</c> under <c>virtual_mailbox_base</c>, and never outside it.</summary>
internal static class MailboxPath
{
    /// <summary>The full path, or null with the reason.</summary>
    public static string? Find(string root, string value, out string reason)
    {
        reason = "";
        if (root.Length == 0) reason = "virtual_mailbox_base is not set";
        else if (value.Length == 0 || value.Contains('\0', StringComparison.Ordinal)) reason = "the mailbox path is empty or has a null character";
        else if (!value.EndsWith('/')) reason = "the mailbox path has no closing slash, and mbox files are not supported";
        if (reason.Length > 0) return null;

        // virtual(8): a value that looks absolute still lies under the base.
        var folder = Path.GetFullPath(root);
        var path = Path.GetFullPath(Path.Combine(folder, value.TrimStart('/')));
        if (path.StartsWith(folder.EndsWith('/') ? folder : folder + "/", StringComparison.Ordinal) && path.Length > folder.Length + 1) return path.TrimEnd('/');
        reason = "the mailbox path leaves virtual_mailbox_base";
        return null;
    }
}
