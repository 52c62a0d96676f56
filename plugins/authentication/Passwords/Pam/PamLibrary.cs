using System.Runtime.InteropServices;

namespace PolicyMTA.Authentication.Passwords.Pam;

/// <summary>Linux-PAM's library (pam(3)), as much of it as a login needs.</summary>
internal static partial class PamLibrary
{
    internal const string Name = "libpam.so.0";

    internal const int Success = 0;
    internal const int BufferError = 5;
    internal const int ConversationError = 19;
    internal const int ItemTty = 3;
    internal const int ItemRemoteHost = 4;
    internal const int ItemFailDelay = 10;
    internal const int PromptWithoutEcho = 1;
    internal const int PromptWithEcho = 2;
    // PAM_SILENT and PAM_DISALLOW_NULL_AUTHTOK: nobody reads messages, and an empty password opens nothing.
    internal const int Flags = 0x8001;

    /// <summary>Asks the caller what a module wants to know: pam_conv(3).</summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int Conversation(int count, nint messages, nint answers, nint data);

    /// <summary>How long to wait after a failure: pam_fail_delay(3).</summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void FailDelay(int status, uint microseconds, nint data);

    /// <summary>struct pam_conv.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ConversationItem
    {
        internal nint Function;
        internal nint Data;
    }

    [LibraryImport(Name, EntryPoint = "pam_start", StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Start(string service, string user, in ConversationItem conversation, out nint handle);

    [LibraryImport(Name, EntryPoint = "pam_start_confdir", StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int StartIn(string service, string user, in ConversationItem conversation, string folder, out nint handle);

    [LibraryImport(Name, EntryPoint = "pam_set_item", StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SetItem(nint handle, int item, string value);

    [LibraryImport(Name, EntryPoint = "pam_set_item"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SetItem(nint handle, int item, nint value);

    [LibraryImport(Name, EntryPoint = "pam_authenticate"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Authenticate(nint handle, int flags);

    [LibraryImport(Name, EntryPoint = "pam_acct_mgmt"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int CheckAccount(nint handle, int flags);

    [LibraryImport(Name, EntryPoint = "pam_strerror"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint Describe(nint handle, int status);

    [LibraryImport(Name, EntryPoint = "pam_end"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int End(nint handle, int status);

    /// <summary>True when the machine has it.</summary>
    internal static bool IsInstalled()
    {
        if (!NativeLibrary.TryLoad(Name, typeof(PamLibrary).Assembly, DllImportSearchPath.SafeDirectories, out var library)) return false;
        NativeLibrary.Free(library);
        return true;
    }
}
