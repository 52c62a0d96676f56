using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>Opens mailbox files by the system's own call: .NET takes an flock(2) with every file, which is a mailbox lock that nobody asked for.</summary>
internal static partial class MailboxOpener
{
    private const int ReadWriteCreate = 0x2 | 0x40 | 0x800 | 0x80000; // O_RDWR | O_CREAT | O_NONBLOCK (no wait for a pipe's other end) | O_CLOEXEC
    private const int Private = 0x180; // 0600
    private const int NoAccess = 13, NotPermitted = 1, ReadOnly = 30;

    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not.</exception>
    public static FileStream Open(string path)
    {
        if (!OperatingSystem.IsLinux()) return new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 });
        var descriptor = Open(path, ReadWriteCreate, Private);
        if (descriptor >= 0) return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
        var reason = $"cannot open {path}: {Marshal.GetLastPInvokeErrorMessage()}";
        throw Marshal.GetLastPInvokeError() is NoAccess or NotPermitted or ReadOnly ? new UnauthorizedAccessException(reason) : new IOException(reason);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);
}
