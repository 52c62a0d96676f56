using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PolicyMTA.Receiving.Submission;

/// <summary>What the base library does not say of files: whose they are, and how to open one that a stranger put there.</summary>
internal static partial class SystemFile
{
    // fcntl(2) on Linux: no link is followed, and no named pipe waits for a writer.
    private const int ReadOnly = 0, NonBlocking = 0x800, CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000;
    private const uint BasicFacts = 0x7ff;
    private const int FileTypeBits = 0xf000, RegularFile = 0x8000;
    private const int NoDevice = 6, NoAccess = 13, Loop = 40;

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly int NoFollow = IsArm ? 0x8000 : 0x20000, Folder = IsArm ? 0x4000 : 0x10000;

    /// <summary>The fields of <c>struct statx</c> that are asked for; its layout is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Facts
    {
        [FieldOffset(16)] public uint Links;
        [FieldOffset(20)] public uint User;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(40)] public ulong Size;
    }

    /// <summary>Opens a file of a folder that others may write to: a plain file with one name, no link to somebody else's.</summary>
    /// <param name="path">The file.</param>
    /// <param name="owner">Its owner's user id.</param>
    /// <exception cref="InvalidDataException">It is something else, or may not be read.</exception>
    /// <exception cref="IOException">It can't be opened for now.</exception>
    internal static SafeFileHandle OpenPlain(string path, out long owner)
    {
        var handle = new SafeFileHandle(Open(path, ReadOnly | NonBlocking | CloseOnExec | NoFollow), ownsHandle: true);
        if (handle.IsInvalid)
        {
            var text = $"it can't be opened: {Marshal.GetLastPInvokeErrorMessage()}";
            throw Marshal.GetLastPInvokeError() is NoDevice or NoAccess or Loop ? new InvalidDataException(text) : new IOException(text);
        }
        if (Stat(handle, "", EmptyPath, BasicFacts, out var facts) != 0)
        {
            handle.Dispose();
            throw new IOException($"it can't be looked at: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        owner = facts.User;
        if ((facts.Mode & FileTypeBits) == RegularFile && facts.Links == 1) return handle;
        handle.Dispose();
        throw new InvalidDataException("it is no plain file with one name");
    }

    /// <summary>Makes names in a folder durable. Whoever may write there but not read syncs everything instead.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    internal static void SyncFolder(string folder)
    {
        using var handle = new SafeFileHandle(Open(folder, ReadOnly | CloseOnExec | Folder), ownsHandle: true);
        if (handle.IsInvalid && Marshal.GetLastPInvokeError() == NoAccess) SyncAll();
        else if (handle.IsInvalid || Sync(handle) != 0) throw new IOException($"{folder}: can't be synced: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(SafeFileHandle folder, string path, int flags, uint mask, out Facts facts);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void SyncAll();
}
