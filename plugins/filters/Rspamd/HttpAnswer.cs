using System.Globalization;
using PolicyMTA.Filters.Scanning;

namespace PolicyMTA.Filters.Rspamd;

/// <summary>Reads an answer of HTTP/1.0 (RFC 1945): a status, header lines, and content up to its length or the end of the connection.</summary>
internal static class HttpAnswer
{
    /// <summary>An answer names every link of a message; this is room for some ten thousand.</summary>
    internal const int LongestContent = 4 * 1024 * 1024;

    private const int LongestLine = 8 * 1024;
    private const int MostLines = 100;

    /// <summary>The content.</summary>
    /// <exception cref="InvalidDataException">It is no answer, or tells of a failure.</exception>
    /// <exception cref="EndOfStreamException">The connection ended before it did.</exception>
    internal static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(AnswerReader reader, CancellationToken cancellationToken)
    {
        CheckStatus(await reader.ReadLineAsync(LongestLine, cancellationToken));
        long? length = null;
        for (var lines = 0; await reader.ReadLineAsync(LongestLine, cancellationToken) is { Length: > 0 } line; lines++)
        {
            if (lines == MostLines) throw new InvalidDataException($"more than {MostLines} header lines");
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) throw new InvalidDataException("a header line without a colon");
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)) throw new InvalidDataException("a Transfer-Encoding, which HTTP/1.0 does not have");
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) length = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : throw new InvalidDataException("a Content-Length that is none");
        }
        if (length > LongestContent) throw TooLong();
        return await ReadContentAsync(reader, length, cancellationToken);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadContentAsync(AnswerReader reader, long? length, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        while ((length is null || content.Length < length) && await reader.ReadAsync(cancellationToken) is { IsEmpty: false } piece)
        {
            if (content.Length + piece.Length > LongestContent) throw TooLong();
            content.Write(piece.Span);
        }
        if (content.Length < length) throw new EndOfStreamException();
        if (content.Length > length) throw new InvalidDataException("more bytes than its Content-Length");
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    private static void CheckStatus(string line)
    {
        var words = line.Split(' ', 3);
        if (words.Length < 2 || !words[0].StartsWith("HTTP/1.", StringComparison.Ordinal)) throw new InvalidDataException("it is not HTTP");
        if (words[1] != "200") throw new InvalidDataException($"HTTP status {string.Concat(words[1].Take(3).Select(c => char.IsAsciiDigit(c) ? c : '?'))}");
    }

    private static InvalidDataException TooLong() => new($"more than {LongestContent} bytes");
}
