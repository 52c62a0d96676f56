using System.Globalization;
using System.Text;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>
/// Keeps the <c>maildirsize</c> file of a maildir as other delivery agents do (Maildir++): every delivery adds a line; who finds the file missing, unreadable, long or for another quota counts
/// all messages and puts a new one in its place. Agents that write at once may miss each other's changes by a message or two: the next count mends that. Blocks.
/// </summary>
internal sealed class MaildirQuota(string folder, long quota, TimeProvider time)
{
    private const string FileName = "maildirsize";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    // Before it tells anybody that there is no room, a sum older than this is counted anew (Maildir++).
    private static readonly TimeSpan Trusted = TimeSpan.FromMinutes(15);

    private string File => Path.Combine(folder, FileName);

    /// <summary>Whether a message has room.</summary>
    /// <exception cref="QuotaExceededException">It has none.</exception>
    public void Check(long bytes)
    {
        var size = Read(out var writtenAt);
        var isFresh = size is null;
        size ??= Count(known: null);
        if (HasRoom(size, bytes)) return;
        if (!isFresh && (size.Lines > 1 || time.GetUtcNow() - writtenAt > Trusted) && HasRoom(Count(size), bytes)) return;
        throw new QuotaExceededException();
    }

    /// <summary>A message is there.</summary>
    public void Add(long bytes)
    {
        // One write to the end, so that lines of others stay whole. It is not synced: what a crash loses the next count finds.
        using var file = new FileStream(File, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0, UnixCreateMode = Private });
        file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bytes} 1\n")));
    }

    private bool HasRoom(MaildirSize size, long bytes) => size.Bytes <= quota - bytes && (size.QuotaCount == 0 || size.Count < size.QuotaCount);

    // Null: it has to be counted.
    private MaildirSize? Read(out DateTimeOffset writtenAt)
    {
        writtenAt = default;
        try
        {
            using var file = new FileStream(File, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
            var bytes = new byte[MaildirSize.LargestFile];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            writtenAt = System.IO.File.GetLastWriteTimeUtc(file.SafeFileHandle);
            return MaildirSize.TryParse(bytes.AsSpan(0, length), out var size) && size.QuotaBytes == quota ? size : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private MaildirSize Count(MaildirSize? known)
    {
        var (bytes, count) = MaildirCount.Of(folder);
        var size = new MaildirSize(quota, known?.QuotaCount ?? 0, bytes, count, 1);
        // A name of our own: another agent may be at the same.
        var path = Path.Combine(folder, "tmp", $"{FileName}.{Environment.ProcessId}.{Guid.NewGuid():N}");
        using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = Private })) file.Write(Encoding.ASCII.GetBytes(size.ToText()));
        System.IO.File.Move(path, File, overwrite: true);
        return size;
    }
}
