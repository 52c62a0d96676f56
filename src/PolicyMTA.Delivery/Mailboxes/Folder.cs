using System.Runtime.InteropServices;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>Folders as a delivery needs them: private, and on stable storage when it says so.</summary>
internal static partial class Folder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int ReadOnlyDirectory = 0x10000 | 0x80000; // O_RDONLY | O_DIRECTORY | O_CLOEXEC

    /// <summary>Makes it, its parents too, each with mode 0700 and its name on stable storage.</summary>
    public static void Create(string path)
    {
        if (Directory.Exists(path)) return;
        var parent = Path.GetDirectoryName(path)!;
        Create(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, Private);
        Sync(parent);
    }

    /// <summary>fsync(2) of the folder itself: names in it survive a power cut.</summary>
    /// <exception cref="IOException">It could not be synced.</exception>
    public static void Sync(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        var handle = Open(path, ReadOnlyDirectory);
        if (handle < 0) throw new IOException("cannot open folder: " + Marshal.GetLastPInvokeErrorMessage());
        try
        {
            if (Flush(handle) != 0) throw new IOException("cannot sync folder: " + Marshal.GetLastPInvokeErrorMessage());
        }
        finally
        {
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
