using System.Text;

namespace PolicyMTA.Configuration;

/// <summary>Splits lists as Postfix does: at commas and white space, but not inside braces.</summary>
internal static class WordList
{
    /// <summary>The words of a text.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var depth = 0;
        foreach (var c in text)
        {
            if (depth == 0 && (c == ',' || char.IsWhiteSpace(c)))
            {
                Flush();
                continue;
            }
            depth += c switch { '{' => 1, '}' when depth > 0 => -1, _ => 0 };
            word.Append(c);
        }
        Flush();
        return words;

        void Flush()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }
}
