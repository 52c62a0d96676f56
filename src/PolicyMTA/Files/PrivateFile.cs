namespace PolicyMTA.Files;

/// <summary>Files and folders that nobody but their owner may read, whatever the umask.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnersFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a folder, or closes one that is there to everybody else.</summary>
    public static void MakeFolder(string path)
    {
        Directory.CreateDirectory(path, OwnersFolder);
        if ((File.GetUnixFileMode(path) & ~OwnersFolder) != 0) File.SetUnixFileMode(path, OwnersFolder);
    }

    /// <summary>Writes a file; it is on stable storage when this returns.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnersFile });
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Closes the files of a folder to everybody else, where an earlier version left them open.</summary>
    public static void Close(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            var mode = entry is DirectoryInfo ? OwnersFolder : OwnersFile;
            if (entry.LinkTarget is null && (entry.UnixFileMode & ~mode) != 0) entry.UnixFileMode = mode;
        }
    }
}
