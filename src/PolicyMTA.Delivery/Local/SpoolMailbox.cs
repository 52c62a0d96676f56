using System.Runtime.InteropServices;
using PolicyMTA.Delivery.Mailboxes;

namespace PolicyMTA.Delivery.Local;

/// <summary>A user's mailbox in a spool folder that only root writes in.</summary>
internal static partial class SpoolMailbox
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes it for the user, as local(8) does; says whether there was need to.</summary>
    public static bool Create(MailboxTarget target, UserAccount user)
    {
        if (UserRights.OwnId != 0 || FileFacts.Find(target.Path, followsLinks: false) is not null) return false;
        if (Path.GetDirectoryName(target.Path) is not { } folder || FileFacts.Find(folder) is not { IsWorldWritable: false, IsGroupWritable: false, Owner: 0 }) return false;
        using (new FileStream(target.Path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private })) { }
        if (ChangeOwner(target.Path, user.Id, user.Group) != 0) throw new IOException("cannot give the mailbox to its user: " + Marshal.GetLastPInvokeErrorMessage());
        return true;
    }

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
