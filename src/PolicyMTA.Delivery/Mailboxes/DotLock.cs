namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>The oldest lock of mailboxes: a file <c>NAME.lock</c> beside them, which only one can make.</summary>
internal static class DotLock
{
    private const int Exists = 17; // EEXIST
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>False when somebody else has it. The lock is null where the user may make no files: others can't have one there either.</summary>
    public static bool TryTake(string mailbox, TimeSpan staleTime, TimeProvider time, out string? taken)
    {
        var path = mailbox + ".lock";
        taken = null;
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Private;
            using (new FileStream(path, options)) taken = path;
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException error) when (error.HResult == Exists)
        {
            // The next attempt has it.
            if (File.Exists(path) && time.GetUtcNow() - File.GetLastWriteTimeUtc(path) > staleTime) Release(path);
            return false;
        }
    }

    /// <summary>Takes it away; says whether there was one.</summary>
    public static bool Release(string? path)
    {
        if (path is null) return false;
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It becomes stale.
            return false;
        }
    }
}
