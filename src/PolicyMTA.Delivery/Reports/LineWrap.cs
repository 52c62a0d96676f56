using System.Text;

namespace PolicyMTA.Delivery.Reports;

/// <summary>Breaks a sentence at white space into lines of at most 79 characters, further ones indented by four: how reports are read, and how fields fold.</summary>
internal static class LineWrap
{
    private const int Longest = 79;
    private const string Indent = "    ";

    public static void Append(StringBuilder output, string text)
    {
        var column = 0;
        foreach (var word in text.Split(' '))
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
            Clean(output, word);
            column += word.Length;
        }
        output.Append("\r\n");
    }

    /// <summary>The text with every control character neutered: a remote reply must not write fields or parts of ours.</summary>
    public static string Clean(string text)
    {
        var output = new StringBuilder(text.Length);
        Clean(output, text);
        return output.ToString();
    }

    private static void Clean(StringBuilder output, string text)
    {
        foreach (var c in text) output.Append(char.IsControl(c) ? '?' : c);
    }
}
