using System.Globalization;
using System.Text;

namespace PolicyMTA.Delivery.Mailboxes;

/// <summary>
/// The content of a <c>maildirsize</c> file (Maildir++): the quota in the first line, <c>1000000S,500C</c>, and below it the bytes and messages that came or went, a line for each
/// change; their sum is what is there. An immutable value.
/// </summary>
/// <param name="QuotaBytes">The bytes allowed; 0: any number.</param>
/// <param name="QuotaCount">The messages allowed; 0: any number.</param>
/// <param name="Bytes">The bytes that are there.</param>
/// <param name="Count">The messages that are there.</param>
/// <param name="Lines">The lines below the first.</param>
internal sealed record MaildirSize(long QuotaBytes, long QuotaCount, long Bytes, long Count, int Lines)
{
    /// <summary>A file of this size or larger is written anew from what is there (Maildir++).</summary>
    public const int LargestFile = 5120;

    /// <summary>The first line and one sum.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{QuotaBytes}S{(QuotaCount > 0 ? $",{QuotaCount}C" : "")}\n{Bytes} {Count}\n");

    /// <summary>False when the file is not to be trusted: a line that is torn or no pair of numbers, a sum below nothing, too long.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, out MaildirSize size)
    {
        size = new MaildirSize(0, 0, 0, 0, 0);
        if (file.Length is 0 or >= LargestFile || file[^1] != (byte)'\n') return false;
        var lines = Encoding.ASCII.GetString(file)[..^1].Split('\n');
        if (!TryParseQuota(lines[0], out var quotaBytes, out var quotaCount)) return false;
        Int128 bytes = 0, count = 0;
        foreach (var line in lines.AsSpan(1))
        {
            if (!TryParseLine(line, out var moreBytes, out var moreCount)) return false;
            (bytes, count) = (bytes + moreBytes, count + moreCount);
        }
        if (bytes < 0 || count < 0 || bytes > long.MaxValue || count > long.MaxValue) return false;
        size = new MaildirSize(quotaBytes, quotaCount, (long)bytes, (long)count, lines.Length - 1);
        return true;
    }

    // Kinds of quota that are not known are passed over.
    private static bool TryParseQuota(string line, out long bytes, out long count)
    {
        (bytes, count) = (0, 0);
        foreach (var part in line.Trim().Split(','))
        {
            if (part.Length < 2 || !long.TryParse(part.AsSpan(0, part.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
            if (part[^1] == 'S') bytes = number;
            else if (part[^1] == 'C') count = number;
        }
        return true;
    }

    private static bool TryParseLine(string line, out long bytes, out long count)
    {
        count = bytes = 0;
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 2 && long.TryParse(words[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out bytes) && long.TryParse(words[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out count);
    }
}
