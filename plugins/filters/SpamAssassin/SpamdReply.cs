using System.Globalization;
using PolicyMTA.Filters.Scanning;

namespace PolicyMTA.Filters.SpamAssassin;

/// <summary>The head of spamd's answer. An immutable value.</summary>
/// <param name="Judgement">Its verdict.</param>
/// <param name="ContentLength">How many bytes follow; null when it did not say.</param>
internal sealed record SpamdReply(SpamJudgement Judgement, long? ContentLength)
{
    private const int LongestLine = 8 * 1024;
    private const int MostLines = 64;

    /// <exception cref="InvalidDataException">It is no answer, or says that spamd could not do it.</exception>
    /// <exception cref="EndOfStreamException">The connection ended before it did.</exception>
    internal static async ValueTask<SpamdReply> ReadAsync(AnswerReader reader, CancellationToken cancellationToken)
    {
        CheckStatus(await reader.ReadLineAsync(LongestLine, cancellationToken));
        SpamJudgement? judgement = null;
        long? length = null;
        for (var lines = 0; await reader.ReadLineAsync(LongestLine, cancellationToken) is { Length: > 0 } line; lines++)
        {
            if (lines == MostLines) throw new InvalidDataException($"more than {MostLines} header lines");
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) throw new InvalidDataException("a header line without a colon");
            var value = line[(colon + 1)..].Trim();
            switch (line[..colon].Trim().ToUpperInvariant())
            {
                case "SPAM":
                    judgement = SpamJudgement.Parse(value) ?? throw new InvalidDataException("a Spam header that is none");
                    break;
                case "CONTENT-LENGTH":
                    length = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : throw new InvalidDataException("a Content-length that is none");
                    break;
            }
        }
        return new SpamdReply(judgement ?? throw new InvalidDataException("no Spam header"), length);
    }

    // SPAMD/1.1 0 EX_OK; other codes are those of sysexits.h.
    private static void CheckStatus(string line)
    {
        var words = line.Split(' ', 3);
        if (words.Length < 2 || !words[0].StartsWith("SPAMD/", StringComparison.Ordinal) || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code)) throw new InvalidDataException("it is not spamd's");
        if (code != 0) throw new InvalidDataException($"spamd says {code}");
    }
}
