namespace PolicyMTA.Queue.Storage;

/// <summary>
/// The write-ahead log as a file. Syncing a file that grows costs more than twice as much as syncing one that is written over, so the log gets its full length,
/// in zeros, before the first commit; SQLite reads zeros as the end of the log.
/// </summary>
internal static class LogFile
{
    // Room for as much as the log holds before the checkpointer insists, and some more.
    internal const long FullLength = 40 << 20;

    // Of a small disk it gets a part: when others have filled the disk, outcomes of deliveries still find room there.
    private const int SmallestShare = 10;

    private const int Piece = 1 << 20;

    /// <summary>
    /// Lengthens the log while nobody writes to it; gives the task that puts it on stable storage. Never fails: a short log only
    /// costs time.
    /// </summary>
    internal static Task Lengthen(string database, long freeSpace)
    {
        var length = Math.Min(FullLength, freeSpace / SmallestShare);
        FileStream? log = null;
        try
        {
            log = new FileStream(database + "-wal", FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            log.Position = log.Length;
            var zeros = new byte[Piece];
            while (log.Position < length) log.Write(zeros, 0, (int)Math.Min(Piece, length - log.Position));
            var lengthened = log;
            return Task.Run(() => Flush(lengthened));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log?.Dispose();
            return Task.CompletedTask;
        }
    }

    private static void Flush(FileStream log)
    {
        using (log)
        {
            try { log.Flush(flushToDisk: true); }
            catch (IOException) { } // the next commit's own sync says what is wrong
        }
    }
}
