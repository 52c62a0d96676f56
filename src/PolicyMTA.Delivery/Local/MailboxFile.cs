using System.Runtime.InteropServices;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>A file in mbox format that messages are appended to: under the locks others keep (flock, fcntl, <c>.lock</c>), synced, and cut back when a write breaks off.</summary>
internal sealed partial class MailboxFile(DestinationFiles files, TimeProvider time)
{
    // deliver_lock_attempts, deliver_lock_delay, stale_lock_time.
    private const int LockAttempts = 20;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan LockDelay = TimeSpan.FromSeconds(1), StaleLock = TimeSpan.FromSeconds(500);

    /// <param name="target">Which file, and with whose rights.</param>
    /// <param name="write">Writes the message.</param>
    /// <param name="cancellationToken">Ends the waiting for locks.</param>
    /// <exception cref="IOException">It could not be written; it is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not write it.</exception>
    public async ValueTask AppendAsync(MailboxTarget target, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        if (target.IsSpool) await files.RunAsync(() => CreateInSpool(target));
        for (var attempt = 1; ; attempt++)
        {
            if (await files.RunAsync(() => TryOpen(target)) is { } opened)
            {
                await WriteAsync(target, opened, write);
                return;
            }
            if (attempt == LockAttempts) throw new IOException("unable to lock for exclusive access");
            await Task.Delay(LockDelay, time, cancellationToken);
        }
    }

    private async ValueTask WriteAsync(MailboxTarget target, Opened opened, Func<Stream, Task> write)
    {
        var (file, dotLock) = opened;
        var length = file.Length;
        if (target.SizeLimit > 0 && length >= target.SizeLimit)
        {
            await files.RunAsync(() => Close(target, file, dotLock));
            throw new MailboxFullException("mailbox size limit exceeded");
        }
        try
        {
            file.Seek(0, SeekOrigin.End);
            await write(file);
            await files.RunAsync(() => Flush(file));
        }
        catch
        {
            // Half a message would run into the next.
            await files.RunAsync(() => Cut(file, length));
            throw;
        }
        finally
        {
            await files.RunAsync(() => Close(target, file, dotLock));
        }
    }

    // Null: somebody else has it now.
    private Opened? TryOpen(MailboxTarget target) => UserRights.Run(target.User, target.Group, () =>
    {
        var facts = FileFacts.Find(target.Path);
        if (facts is { IsRegular: false }) throw new MailboxKindException($"destination {target.Path} is not a regular file");
        if (facts is { } known && target.OwnerMustBe is { } owner && known.Owner != owner) throw new IOException($"destination {target.Path} is not owned by recipient");
        var dotLock = TryDotLock(target.Path + ".lock", out var isFree);
        if (!isFree) return null;
        try
        {
            var file = new FileStream(target.Path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0, UnixCreateMode = Private });
            try
            {
                if (OperatingSystem.IsLinux()) file.Lock(0, long.MaxValue);
                return new Opened(file, dotLock);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (IOException) when (facts is not null)
        {
            Delete(dotLock);
            return null;
        }
        catch
        {
            Delete(dotLock);
            throw;
        }
    });

    // Where the user may not make files there is no such lock, and others can't have one either.
    private string? TryDotLock(string path, out bool isFree)
    {
        isFree = true;
        try
        {
            using (new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = Private })) return path;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
        catch (IOException) when (File.Exists(path))
        {
            isFree = false;
            if (time.GetUtcNow() - File.GetLastWriteTimeUtc(path) > StaleLock) Delete(path);
            return null;
        }
    }

    private static bool Flush(FileStream file)
    {
        file.Flush(flushToDisk: true);
        return true;
    }

    private static bool Cut(FileStream file, long length)
    {
        try { file.SetLength(length); }
        catch (IOException) { return false; }
        return true;
    }

    private static bool Close(MailboxTarget target, FileStream file, string? dotLock)
    {
        file.Dispose();
        return UserRights.Run(target.User, target.Group, () => Delete(dotLock));
    }

    private static bool Delete(string? path)
    {
        if (path is null) return false;
        try { File.Delete(path); }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException) { return false; }
        return true;
    }

    // A spool folder that only root writes in: the user's file is made for it, as local(8) does.
    private static bool CreateInSpool(MailboxTarget target)
    {
        if (UserRights.OwnId != 0 || FileFacts.Find(target.Path, followsLinks: false) is not null) return false;
        if (Path.GetDirectoryName(target.Path) is not { } folder || FileFacts.Find(folder) is not { IsWorldWritable: false, IsGroupWritable: false, Owner: 0 }) return false;
        using (new FileStream(target.Path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private })) { }
        if (ChangeOwner(target.Path, target.User.Id, target.User.Group) != 0) throw new IOException("cannot give the mailbox to its user: " + Marshal.GetLastPInvokeErrorMessage());
        return true;
    }

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    private sealed record Opened(FileStream File, string? DotLock);
}
