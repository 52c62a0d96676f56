using System.Text;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>What content must come out as, line by line and slowly: beside it the state machine of <c>ContentCleaner</c> is checked.</summary>
internal static class CleanContent
{
    /// <summary>Null while the end, CRLF.CRLF and nothing else, is missing. <paramref name="wire"/> is one character per octet.</summary>
    public static (string Content, string After)? OfData(string wire)
    {
        var text = "\r\n" + wire;
        var end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        if (end < 0) return null;
        return (Lines(text[2..(end + 2)], isDotStuffed: true), text[(end + 5)..]);
    }

    /// <summary>The content of all chunks; a line left open is ended.</summary>
    public static string OfChunks(string wire)
    {
        var end = wire.LastIndexOf('\n') + 1;
        var last = wire[end..];
        return Lines(wire[..end], isDotStuffed: false) + (last.Length == 0 ? "" : last.Replace('\r', ' ') + "\r\n");
    }

    private static string Lines(string text, bool isDotStuffed)
    {
        var content = new StringBuilder();
        foreach (var ended in text.Split('\n').SkipLast(1))
        {
            var line = ended.TrimEnd('\r');
            if (isDotStuffed && line == ".") continue;
            if (isDotStuffed && line.StartsWith('.')) line = line[1..];
            content.Append(line.Replace('\r', ' ')).Append("\r\n");
        }
        return content.ToString();
    }
}
