using System.Text;
using PolicyMTA.Filters.Scanning;

namespace PolicyMTA.Filters.SpamAssassin;

/// <summary>The text behind the head of an answer to SYMBOLS and REPORT.</summary>
internal static class SpamReport
{
    private const int LongestText = 64 * 1024;
    private const int MostLines = 200;
    // RFC 5322 §2.1.1 allows 998 bytes; a character may take three.
    private const int LongestLine = 300;

    /// <exception cref="InvalidDataException">It is longer than a report can be.</exception>
    /// <exception cref="EndOfStreamException">The connection ended before it did.</exception>
    internal static async ValueTask<string> ReadAsync(AnswerReader reader, long? length, CancellationToken cancellationToken)
    {
        var text = new MemoryStream();
        while (await reader.ReadAsync(cancellationToken) is { IsEmpty: false } piece)
        {
            if (text.Length + piece.Length > LongestText) throw new InvalidDataException($"a text of more than {LongestText} bytes");
            text.Write(piece.Span);
        }
        if (length is { } expected && text.Length < expected) throw new EndOfStreamException();
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>Names of tests with commas; whatever else stands there is left out.</summary>
    internal static string Tests(string text) => string.Join(',', text.Split([',', '\r', '\n', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')).Take(MostLines));

    /// <summary>As a header field has it: each line on one of its own; null when there is none.</summary>
    internal static string? Fold(string text)
    {
        var lines = text.Split('\n').Select(Clean).Where(line => line.Length > 0).Take(MostLines).Select(line => $"\r\n\t* {line}").ToList();
        return lines.Count == 0 ? null : string.Concat(lines);
    }

    private static string Clean(string line) => string.Concat(line.Where(c => c >= ' ').Take(LongestLine)).TrimEnd();
}
