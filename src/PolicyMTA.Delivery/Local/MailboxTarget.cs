namespace PolicyMTA.Delivery.Local;

/// <summary>A file to append to. An immutable value.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="User">With whose rights it is opened.</param>
internal sealed record MailboxTarget(string Path, UserAccount User)
{
    /// <summary>The group in the place of the user's: that of a spool folder its group may write in.</summary>
    public uint? Group { get; init; }
    /// <summary>It lies in <c>mail_spool_directory</c>.</summary>
    public bool IsSpool { get; init; }
    /// <summary><c>strict_mailbox_ownership</c>: the only owner it may have.</summary>
    public uint? OwnerMustBe { get; init; }
    /// <summary><c>mailbox_size_limit</c>; 0 for none.</summary>
    public long SizeLimit { get; init; }
}

/// <summary>The file is no file that mail can be kept in.</summary>
internal sealed class MailboxKindException(string message) : IOException(message);

/// <summary>The mailbox has no room for more.</summary>
internal sealed class MailboxFullException(string message) : IOException(message);
