using System.Runtime.InteropServices;

namespace PolicyMTA.Delivery.Local;

/// <summary>
/// Touches files with the rights of a user. Linux keeps the rights to files for each thread; the thread gives up the superuser's for the call and takes them back. Only for
/// threads of <see cref="Mailboxes.FileThreads"/>: nothing may await in between.
/// </summary>
internal static unsafe partial class UserRights
{
    private const int MostGroups = 65536;

    // setgroups(2) of libc changes all threads, the system call only this one.
    private static readonly nint SetGroupsCall = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 116, Architecture.Arm64 => 159, _ => -1 };

    /// <summary>The user this process runs as.</summary>
    public static uint OwnId => EffectiveUser();

    /// <summary>Whether this process may act as that user.</summary>
    public static bool CanActAs(UserAccount user) => OwnId == user.Id || (OwnId == 0 && SetGroupsCall > 0);

    /// <summary>Runs the work with the rights of the user, and of <paramref name="group"/> when it is given.</summary>
    /// <exception cref="UnauthorizedAccessException">This process may not act as that user.</exception>
    public static T Run<T>(UserAccount user, uint? group, Func<T> work)
    {
        if (OwnId == user.Id && group is null) return work();
        if (!CanActAs(user)) throw new UnauthorizedAccessException($"cannot act as user {user.Name}: this server does not run as root");
        if (OwnId == user.Id) return work();
        var own = OwnGroups();
        var ownGroup = EffectiveGroup();
        Take(user.Id, group ?? user.Group);
        try
        {
            return work();
        }
        finally
        {
            _ = SetFileUser(0);
            _ = SetFileGroup(ownGroup);
            fixed (uint* groups = own) _ = SystemCall(SetGroupsCall, own.Length, (nint)groups);
        }
    }

    private static void Take(uint user, uint group)
    {
        if (SystemCall(SetGroupsCall, 1, (nint)(&group)) != 0) throw new UnauthorizedAccessException("cannot give up groups: " + Marshal.GetLastPInvokeErrorMessage());
        _ = SetFileGroup(group);
        _ = SetFileUser(user);
        // These calls never fail, they only give what was before: -1 changes nothing.
        if (SetFileUser(uint.MaxValue) == user && SetFileGroup(uint.MaxValue) == group) return;
        _ = SetFileUser(0);
        throw new UnauthorizedAccessException($"cannot act as user id {user}");
    }

    private static uint[] OwnGroups()
    {
        var groups = new uint[MostGroups];
        fixed (uint* first = groups) return groups[..Math.Max(0, GetGroups(MostGroups, first))];
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial uint SetFileUser(uint id);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial uint SetFileGroup(uint id);

    [LibraryImport("libc", EntryPoint = "getgroups", SetLastError = true)]
    private static partial int GetGroups(int size, uint* groups);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second);
}
