using PolicyMTA.Delivery.Local;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>A file in mbox format to append to. An immutable value.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="User">With whose rights it is opened; null: ours.</param>
internal sealed record MailboxTarget(string Path, UserAccount? User)
{
    /// <summary>The group in the place of the user's: that of a spool folder its group may write in.</summary>
    public uint? Group { get; init; }
    /// <summary><c>strict_mailbox_ownership</c>: the only owner it may have.</summary>
    public uint? OwnerMustBe { get; init; }
    /// <summary><c>mailbox_size_limit</c>, <c>virtual_mailbox_limit</c>: the most bytes it may have afterwards; 0 for no limit.</summary>
    public long SizeLimit { get; init; }
    /// <summary>How others are kept out.</summary>
    public MailboxLocking Locking { get; init; } = new();

    /// <summary>Runs the work with the rights it takes to open the file.</summary>
    public T Run<T>(Func<T> work) => User is null ? work() : UserRights.Run(User, Group, work);
}

/// <summary>The file is no file that mail can be kept in.</summary>
internal sealed class MailboxKindException(string message) : IOException(message);

/// <summary>The mailbox has no room for more.</summary>
internal sealed class MailboxFullException(string message) : IOException(message);
