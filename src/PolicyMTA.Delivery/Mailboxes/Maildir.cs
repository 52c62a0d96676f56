using System.Buffers;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>
/// Writes one message into a maildir: whole into tmp, synced, then renamed into new, and the folder synced. The name comes from queue id and recipient,
/// so a delivery repeated after a crash finds what the first one left. Blocks: runs on <see cref="FileThreads"/>.
/// </summary>
internal static class Maildir
{
    private const int PieceSize = 64 * 1024;
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="folder">The maildir.</param>
    /// <param name="name">The unique name.</param>
    /// <param name="head">Fields before the message, with LF.</param>
    /// <param name="content">The message.</param>
    /// <param name="stream">The content, open, when it is not in memory.</param>
    /// <param name="mayBeRepeat">True when an earlier delivery of the same recipient may have got as far as a reader.</param>
    /// <param name="limits">How much the maildir takes.</param>
    public static void Write(string folder, string name, ReadOnlySpan<byte> head, IMessageContent content, Stream? stream, bool mayBeRepeat, MaildirLimits limits = default)
    {
        var (temporary, final) = (Path.Combine(folder, "tmp", name), Path.Combine(folder, "new", name));
        CreateFolders(folder);
        if (!IsThere(folder, final, name, mayBeRepeat))
        {
            // With the CRLFs of the content: a little more than the file will have.
            limits.Quota?.Check(head.Length + content.Length);
            long length;
            try
            {
                length = WriteFile(temporary, head, content, stream, limits.FileSize);
                File.Move(temporary, final);
            }
            catch
            {
                DeleteQuietly(temporary);
                throw;
            }
            if (limits.Quota is { } quota) AddQuietly(quota, length);
        }
        Folder.Sync(Path.Combine(folder, "new"));
    }

    // The message is delivered, whatever becomes of the sum.
    private static void AddQuietly(MaildirQuota quota, long length)
    {
        try
        {
            quota.Add(length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next count finds it.
        }
    }

    // On a full disk every byte counts, and what the write failed of is the error to tell.
    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next attempt writes over it.
        }
    }

    private static void CreateFolders(string folder)
    {
        // The order matters: who sees "new" may rely on the others.
        foreach (var part in (ReadOnlySpan<string>)["tmp", "cur", "new"]) Folder.Create(Path.Combine(folder, part));
    }

    // A reader moves a message from new to cur and appends its flags.
    private static bool IsThere(string folder, string final, string name, bool mayBeRepeat) =>
        File.Exists(final) || (mayBeRepeat && Directory.EnumerateFiles(Path.Combine(folder, "cur"), name + "*").Any());

    private static long WriteFile(string path, ReadOnlySpan<byte> head, IMessageContent content, Stream? stream, long limit)
    {
        // Create, not CreateNew: what lies there under this name is the torn beginning of this very delivery.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Mode;
        using var file = new FileStream(path, options);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            var converter = new LineEndConverter();
            head.CopyTo(buffer);
            var pending = head.Length;
            if (stream is null)
            {
                foreach (var segment in content.Segments!) pending = Append(file, converter, segment.Span, buffer, pending);
            }
            else
            {
                pending = Copy(file, converter, stream, buffer, pending);
            }
            if (converter.EndsWithCr) buffer[pending++] = (byte)'\r';
            file.Write(buffer, 0, pending);
            if (limit > 0 && file.Position > limit) throw new MailboxFullException("error writing message: File too large");
            file.Flush(flushToDisk: true);
            return file.Position;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Copy(FileStream file, LineEndConverter converter, Stream stream, byte[] buffer, int pending)
    {
        var input = ArrayPool<byte>.Shared.Rent(PieceSize / 2);
        try
        {
            int count;
            while ((count = stream.Read(input, 0, input.Length)) > 0) pending = Append(file, converter, input.AsSpan(0, count), buffer, pending);
            return pending;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(input);
        }
    }

    // Keeps one byte of room for a CR that was held back, here and at the end.
    private static int Append(FileStream file, LineEndConverter converter, ReadOnlySpan<byte> bytes, byte[] buffer, int pending)
    {
        while (!bytes.IsEmpty)
        {
            var room = buffer.Length - pending - 2;
            if (room <= 0)
            {
                file.Write(buffer, 0, pending);
                pending = 0;
                continue;
            }
            var piece = bytes[..Math.Min(room, bytes.Length)];
            pending += converter.Convert(piece, buffer.AsSpan(pending));
            bytes = bytes[piece.Length..];
        }
        return pending;
    }
}
