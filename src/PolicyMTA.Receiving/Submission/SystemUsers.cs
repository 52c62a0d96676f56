using System.Globalization;
using System.Runtime.InteropServices;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>The users of this machine, wherever the system keeps them (passwd(5), NSS).</summary>
public static unsafe partial class SystemUsers
{
    private const int BufferSize = 16 * 1024;

    /// <summary><c>struct passwd</c> of Linux.</summary>
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

    /// <summary>Who runs this process.</summary>
    public static LocalUser Current => Find(CurrentId());

    /// <summary>The user of an id; its name is the id when there is no such user.</summary>
    public static LocalUser Find(long id) => new(id, Read(id, static entry => entry.Name) is { Length: > 0 } name ? name : id.ToString(CultureInfo.InvariantCulture));

    /// <summary>The full name of a user as finger(1) shows it; empty when none is known.</summary>
    public static string FindFullName(LocalUser user)
    {
        var name = (Read(user.Id, static entry => entry.FullName) ?? "").Split(',')[0];
        // The old custom: an ampersand stands for the login name.
        return name.Replace("&", user.Name.Length == 0 ? "" : char.ToUpperInvariant(user.Name[0]) + user.Name[1..], StringComparison.Ordinal);
    }

    private static string? Read(long id, Func<Entry, nint> field)
    {
        var buffer = new byte[BufferSize];
        fixed (byte* bytes = buffer)
        {
            Entry entry = default;
            nint found = 0;
            return FindById((uint)id, &entry, bytes, BufferSize, &found) == 0 && found != 0 ? Marshal.PtrToStringUTF8(field(entry)) : null;
        }
    }

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int FindById(uint id, Entry* entry, byte* buffer, nint length, nint* found);

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint CurrentId();
}
