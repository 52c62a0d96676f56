using System.Globalization;
using System.Runtime.InteropServices;

namespace PolicyMTA.Queue.Storage;

/// <summary>The files of contents too large for a row: <c>spool/xx/name</c>.</summary>
internal sealed class SpoolFolder
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY

    private const int Folders = 256;

    private readonly string _root;
    private readonly string _run = Guid.NewGuid().ToString("N");
    private long _count;

    internal SpoolFolder(string root)
    {
        _root = root;
        // All of them now: one made by another thread might be used before its own name is on stable storage.
        for (var i = 0; i < Folders; i++) Directory.CreateDirectory(Path.Combine(root, NameOf(i)));
        SyncFolder(root);
        SyncFolder(Path.GetDirectoryName(root)!);
    }

    private static string NameOf(long folder) => folder.ToString("x2", CultureInfo.InvariantCulture);

    internal string PathOf(string name) => Path.Combine(_root, name);

    internal (string Name, FileStream File) Create()
    {
        var number = Interlocked.Increment(ref _count);
        var folder = NameOf(number % Folders);
        var name = string.Create(CultureInfo.InvariantCulture, $"{folder}/{_run}{number:x}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return (name, new FileStream(PathOf(name), options));
    }

    /// <summary>Puts the file and its name on stable storage.</summary>
    internal void Sync(string name, FileStream file)
    {
        file.Flush(flushToDisk: true);
        SyncFolder(Path.GetDirectoryName(PathOf(name))!);
    }

    internal void Delete(string name)
    {
        try { File.Delete(PathOf(name)); }
        catch (IOException) { } // an orphan: collected at the next start
        catch (UnauthorizedAccessException) { }
    }

    internal IEnumerable<string> Names() => Directory.EnumerateDirectories(_root).SelectMany(Directory.EnumerateFiles).Select(file => Path.GetRelativePath(_root, file));

    /// <summary>Makes new names in a folder durable; the base library can't.</summary>
    internal static void SyncFolder(string folder)
    {
        var descriptor = Open(folder, ReadOnlyDirectory);
        if (descriptor < 0) throw new IOException($"{folder}: can't be opened to be synced (errno {Marshal.GetLastPInvokeError()})");
        var result = Sync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0) throw new IOException($"{folder}: can't be synced (errno {error})");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
