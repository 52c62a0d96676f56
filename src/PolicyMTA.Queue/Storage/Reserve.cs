namespace PolicyMTA.Queue.Storage;

/// <summary>
/// A file that holds room for the start: opening the database, and moving its log, takes some, and a queue that could not be opened on a full disk could never make it less full. Given
/// up when the start finds no room, and made again by a start that finds plenty.
/// </summary>
internal static class Reserve
{
    private const string Name = "reserve";
    private const long Size = 4 << 20, Plenty = 10;

    /// <summary>True when there was one, and the disk is so full that it may help.</summary>
    internal static bool TryGiveUp(string folder)
    {
        var file = new FileInfo(Path.Combine(folder, Name));
        if (!file.Exists || new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace > Size) return false;
        file.Delete();
        return true;
    }

    /// <summary>Never fails: without it only a start on a full disk is not possible.</summary>
    internal static void Keep(string folder, long freeSpace)
    {
        var path = Path.Combine(folder, Name);
        if (File.Exists(path) || freeSpace < Size * Plenty) return;
        try { File.WriteAllBytes(path, new byte[Size]); }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException) { }
    }
}
