using System.Runtime.InteropServices;

namespace PolicyMTA.Delivery.Local;

/// <summary>The user database of libc.</summary>
internal static unsafe partial class Passwd
{
    private const int FirstSize = 4096, LargestSize = 1 << 20, TooSmall = 34, NoSuchFile = 2, NoSuchProcess = 3;

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public nint Name;
        public nint Password;
        public uint User;
        public uint Group;
        public nint FullName;
        public nint Home;
        public nint Shell;
    }

    public static UserAccount? Find(string name) => name.Contains('\0', StringComparison.Ordinal) ? null : Read((entry, buffer, size, found) => ByName(name, (Entry*)entry, (byte*)buffer, size, (nint*)found));

    public static UserAccount? Find(uint id) => Read((entry, buffer, size, found) => ById(id, (Entry*)entry, (byte*)buffer, size, (nint*)found));

    private static UserAccount? Read(Func<nint, nint, nint, nint, int> ask)
    {
        for (var size = FirstSize; ; size *= 4)
        {
            fixed (byte* bytes = new byte[size])
            {
                Entry entry = default;
                nint found = 0;
                var error = ask((nint)(&entry), (nint)bytes, size, (nint)(&found));
                if (error == TooSmall && size < LargestSize) continue;
                if (found != 0) return new UserAccount(Text(entry.Name), entry.User, entry.Group, Text(entry.Home), Text(entry.Shell));
                return error is 0 or NoSuchFile or NoSuchProcess ? null : throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    private static string Text(nint pointer) => Marshal.PtrToStringUTF8(pointer) ?? "";

    [LibraryImport("libc", EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ByName(string name, Entry* entry, byte* buffer, nint length, nint* found);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int ById(uint id, Entry* entry, byte* buffer, nint length, nint* found);
}
