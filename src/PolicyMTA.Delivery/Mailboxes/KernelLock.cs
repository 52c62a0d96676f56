using System.Runtime.InteropServices;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>
/// The locks that end with the open file. The one of fcntl(2) belongs to the open file description (F_OFD_SETLK) and not to the process: of two deliveries in this
/// process each keeps the other out, and neither loses its lock when the other closes the file. It conflicts with the plain fcntl locks of others.
/// </summary>
internal static unsafe partial class KernelLock
{
    private const int SetOpenFileLock = 37, ExclusiveNow = 2 | 4; // F_OFD_SETLK; LOCK_EX | LOCK_NB
    private const int Again = 11, NoAccess = 13;

    [StructLayout(LayoutKind.Sequential)]
    private struct FileLock
    {
        public short Kind;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }

    /// <summary>False when somebody else has one of the locks.</summary>
    /// <exception cref="IOException">The file system has no such lock.</exception>
    public static bool TryTake(SafeHandle file, MailboxLocking locking)
    {
        if (!OperatingSystem.IsLinux()) return true;
        var whole = new FileLock { Kind = 1 }; // F_WRLCK
        return (!locking.Has("fcntl") || IsTaken(Control(file, SetOpenFileLock, &whole))) && (!locking.Has("flock") || IsTaken(Lock(file, ExclusiveNow)));
    }

    private static bool IsTaken(int result)
    {
        if (result == 0) return true;
        return Marshal.GetLastPInvokeError() is Again or NoAccess ? false : throw new IOException("unable to lock for exclusive access: " + Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeHandle file, int command, FileLock* range);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeHandle file, int operation);
}
