using System.Runtime.InteropServices;

namespace PolicyMTA.Delivery.Local;

/// <summary>What the system knows of a file (statx(2)). An immutable value.</summary>
internal readonly unsafe partial record struct FileFacts
{
    private const int CurrentFolder = -100, NoFollow = 0x100, EverythingBasic = 0x7ff, Size = 256;
    private const int KindMask = 0xf000, Regular = 0x8000, Folder = 0x4000, OthersWrite = 2, GroupWrite = 16, MissingFile = 2, NotAFolder = 20;

    /// <summary>Its user.</summary>
    public uint Owner { get; private init; }
    /// <summary>Its group.</summary>
    public uint Group { get; private init; }
    /// <summary>What changes when it is written anew: its number, its size, its time.</summary>
    public (ulong Number, ulong Length, long Seconds, uint Nanoseconds) Version { get; private init; }
    private int Mode { get; init; }

    /// <summary>A plain file.</summary>
    public bool IsRegular => (Mode & KindMask) == Regular;
    /// <summary>A folder.</summary>
    public bool IsFolder => (Mode & KindMask) == Folder;
    /// <summary>Anybody may write it.</summary>
    public bool IsWorldWritable => (Mode & OthersWrite) != 0;
    /// <summary>Its group may write it.</summary>
    public bool IsGroupWritable => (Mode & GroupWrite) != 0;

    /// <summary>Asks the system; null when there is no such file.</summary>
    /// <exception cref="IOException">It can't say.</exception>
    public static FileFacts? Find(string path, bool followsLinks = true)
    {
        var bytes = stackalloc byte[Size];
        if (Ask(CurrentFolder, path, followsLinks ? 0 : NoFollow, EverythingBasic, bytes) == 0)
        {
            return new FileFacts
            {
                Owner = *(uint*)(bytes + 20), Group = *(uint*)(bytes + 24), Mode = *(ushort*)(bytes + 28),
                Version = (*(ulong*)(bytes + 32), *(ulong*)(bytes + 40), *(long*)(bytes + 112), *(uint*)(bytes + 120)),
            };
        }
        return Marshal.GetLastPInvokeError() is MissingFile or NotAFolder ? null : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Ask(int folder, string path, int flags, uint mask, byte* facts);
}
