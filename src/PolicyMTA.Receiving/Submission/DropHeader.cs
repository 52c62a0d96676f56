using System.Globalization;
using System.Text;

namespace PolicyMTA.Receiving.Submission;

/// <summary>
/// The first line of a drop file, of fixed length: how long the content behind it is, and the envelope behind that. It is written last, so that a file whose
/// writer died half way never adds up.
/// </summary>
internal readonly record struct DropHeader(long ContentLength, int EnvelopeLength)
{
    /// <summary>Bytes of the line.</summary>
    internal const int Length = 48;

    private const string Mark = "policymta-drop 1 ";

    /// <summary>More recipients than any message has; what is longer is no envelope.</summary>
    internal const int LongestEnvelope = 16 << 20;

    internal byte[] Write() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Mark}{ContentLength:d18} {EnvelopeLength:d11}\n"));

    internal static bool TryRead(ReadOnlySpan<byte> line, long fileLength, out DropHeader header)
    {
        header = default;
        var text = Encoding.Latin1.GetString(line);
        if (text.Length != Length || !text.StartsWith(Mark, StringComparison.Ordinal) || text[^1] != '\n' || text[Mark.Length + 18] != ' ') return false;
        if (!long.TryParse(text.AsSpan(Mark.Length, 18), NumberStyles.None, CultureInfo.InvariantCulture, out var content)) return false;
        if (!int.TryParse(text.AsSpan(Mark.Length + 19, 11), NumberStyles.None, CultureInfo.InvariantCulture, out var envelope)) return false;
        header = new DropHeader(content, envelope);
        return envelope is > 0 and <= LongestEnvelope && Length + content + envelope == fileLength;
    }
}
