using System.Globalization;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>Counts the messages of a maildir and its sub-folders as Maildir++ does: those in the folder Trash, and those with the flag T, are thrown away already.</summary>
internal static class MaildirCount
{
    private const string Trash = ".Trash";

    public static (long Bytes, long Count) Of(string maildir)
    {
        long bytes = 0, count = 0;
        foreach (var folder in Directory.EnumerateDirectories(maildir, ".*").Where(path => Path.GetFileName(path) != Trash).Prepend(maildir))
        {
            foreach (var part in (ReadOnlySpan<string>)["new", "cur"])
            {
                var (moreBytes, moreCount) = OfPart(Path.Combine(folder, part));
                (bytes, count) = (bytes + moreBytes, count + moreCount);
            }
        }
        return (bytes, count);
    }

    private static (long Bytes, long Count) OfPart(string folder)
    {
        long bytes = 0, count = 0;
        if (!Directory.Exists(folder)) return default;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
        {
            if (file.Name[0] == '.' || IsTrashed(file.Name) || SizeOf(file) is not { } size) continue;
            (bytes, count) = (bytes + size, count + 1);
        }
        return (bytes, count);
    }

    private static bool IsTrashed(string name) => name.IndexOf(":2,", StringComparison.Ordinal) is >= 0 and var at && name.IndexOf('T', at) >= 0;

    // Maildir++: a name may tell the size (",S=1234"), which spares the file system. Null: a reader has moved it.
    private static long? SizeOf(FileInfo file)
    {
        var at = file.Name.IndexOf(",S=", StringComparison.Ordinal);
        if (at >= 0)
        {
            var digits = file.Name.AsSpan(at + 3);
            var end = digits.IndexOfAny(",:");
            if (long.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var told)) return told;
        }
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
