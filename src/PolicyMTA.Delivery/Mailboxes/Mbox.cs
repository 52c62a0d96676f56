using PolicyMTA.Delivery.Local;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>
/// Appends to files in mbox format: under the locks that others keep, synced, and cut back to what they were when a write breaks off. Who waits for a lock holds no thread.
/// A message that was appended can't be recognised: a delivery repeated after a crash is there twice.
/// </summary>
internal sealed class Mbox(FileThreads threads, TimeProvider time)
{
    private const int OverDiskQuota = 122; // EDQUOT

    /// <param name="target">Which file, with whose rights.</param>
    /// <param name="write">Writes the message, its From_ line and the empty line behind it; blocks.</param>
    /// <param name="cancellationToken">Ends the waiting for locks; what was begun is finished.</param>
    /// <exception cref="IOException">It could not be written; it is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not write it.</exception>
    public async Task AppendAsync(MailboxTarget target, Action<Stream> write, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var isDone = false;
            await threads.RunAsync(() => isDone = TryAppend(target, write));
            if (isDone) return;
            if (attempt >= target.Locking.Attempts) throw new IOException("unable to lock for exclusive access");
            await Task.Delay(target.Locking.Delay, time, cancellationToken);
        }
    }

    // False: somebody else has it now.
    private bool TryAppend(MailboxTarget target, Action<Stream> write)
    {
        if (target.Run(() => TryOpen(target)) is not var (file, dotLock)) return false;
        try
        {
            Append(file, target.SizeLimit, write);
            return true;
        }
        finally
        {
            // In this order: closing ends the other locks.
            file.Dispose();
            target.Run(() => DotLock.Release(dotLock));
        }
    }

    private (FileStream File, string? DotLock)? TryOpen(MailboxTarget target)
    {
        var facts = FileFacts.Find(target.Path);
        if (facts is { IsRegular: false }) throw new MailboxKindException($"destination {target.Path} is not a regular file");
        if (facts is { } known && target.OwnerMustBe is { } owner && known.Owner != owner) throw new IOException($"destination {target.Path} is not owned by recipient");
        string? dotLock = null;
        if (target.Locking.Has("dotlock") && !DotLock.TryTake(target.Path, target.Locking.StaleTime, time, out dotLock)) return null;
        FileStream? file = null;
        try
        {
            file = MailboxOpener.Open(target.Path);
            if (facts is null) Folder.Sync(Path.GetDirectoryName(Path.GetFullPath(target.Path))!);
            if (KernelLock.TryTake(file.SafeFileHandle, target.Locking) && IsStill(target.Path, file)) return (file, dotLock);
        }
        catch
        {
            file?.Dispose();
            DotLock.Release(dotLock);
            throw;
        }
        file.Dispose();
        DotLock.Release(dotLock);
        return null;
    }

    // A mail reader may have put a new file in its place while we waited for the lock of the old one.
    private static bool IsStill(string path, FileStream file) =>
        !OperatingSystem.IsLinux() || FileFacts.Find(path)?.Version.Number == FileFacts.Find($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}")?.Version.Number;

    private static void Append(FileStream file, long limit, Action<Stream> write)
    {
        var length = file.Length;
        if (limit > 0 && length >= limit) throw Full();
        try
        {
            file.Write(Separator(file, length));
            write(file);
            if (limit > 0 && file.Length > limit) throw Full();
            file.Flush(flushToDisk: true);
        }
        catch (Exception error)
        {
            // Half a message would run into the next.
            file.SetLength(length);
            // EFBIG: a limit of the system (setrlimit(2)).
            if (error is ArgumentOutOfRangeException) throw Full();
            if (error is IOException { HResult: OverDiskQuota }) throw new MailboxFullException("error writing message: Disk quota exceeded");
            throw;
        }
    }

    // Behind what a crash left, or an editor: the next message begins on a line of its own, after an empty one.
    private static ReadOnlySpan<byte> Separator(FileStream file, long length)
    {
        if (length == 0) return default;
        Span<byte> end = stackalloc byte[2];
        var tail = end[..(int)Math.Min(2, length)];
        file.Seek(-tail.Length, SeekOrigin.End);
        file.ReadExactly(tail);
        file.Seek(0, SeekOrigin.End);
        return tail[^1] != (byte)'\n' ? "\n\n"u8 : tail.Length == 2 && tail[0] == (byte)'\n' ? default : "\n"u8;
    }

    private static MailboxFullException Full() => new("error writing message: File too large");
}
