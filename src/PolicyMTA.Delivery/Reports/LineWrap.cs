using System.Text;

namespace PolicyMTA.Delivery.Reports;

/// <summary>Breaks a sentence at white space into lines of at most 79 characters, further ones indented by four: how reports are read, and how fields fold.</summary>
internal static class LineWrap
{
    private const int Longest = 79;

    // RFC 5322 §2.1.1: 998 bytes; a character has up to four.
    private const int LongestWord = 240;
    private const string Indent = "    ";

    /// <param name="output">Where to.</param>
    /// <param name="text">The sentence.</param>
    /// <param name="isAscii">What is not ASCII becomes <c>?</c>.</param>
    public static void Append(StringBuilder output, string text, bool isAscii = false)
    {
        var column = 0;
        foreach (var word in text.Split(' ').SelectMany(Pieces))
        {
            if (column > 0 && column + 1 + word.Length > Longest)
            {
                output.Append("\r\n").Append(Indent);
                column = Indent.Length;
            }
            else if (column > 0)
            {
                output.Append(' ');
                column++;
            }
            Clean(output, word, isAscii);
            column += word.Length;
        }
        output.Append("\r\n");
    }

    /// <summary>The text with every control character neutered: a remote reply must not write fields or parts of ours.</summary>
    public static string Clean(string text, bool isAscii = false)
    {
        var output = new StringBuilder(text.Length);
        Clean(output, text, isAscii);
        return output.ToString();
    }

    private static IEnumerable<string> Pieces(string word)
    {
        while (word.Length > LongestWord)
        {
            var length = char.IsHighSurrogate(word[LongestWord - 1]) ? LongestWord - 1 : LongestWord;
            yield return word[..length];
            word = word[length..];
        }
        yield return word;
    }

    // U+2028 and U+2029 end lines for some readers; a lone surrogate is no text at all.
    private static void Clean(StringBuilder output, string text, bool isAscii)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 || (isAscii && !rune.IsAscii)) output.Append('?');
            else output.Append(rune.ToString());
        }
    }
}
