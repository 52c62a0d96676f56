using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>The words of a list.</summary>
internal static class WordsOf
{
    /// <summary>Parted by commas and white space; what stands in braces is one word.</summary>
    public static List<string> List(string text)
    {
        var words = new List<string>();
        var start = -1;
        var depth = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            var ends = i == text.Length || (depth == 0 && (text[i] == ',' || WhiteSpace.Is(text[i])));
            if (ends)
            {
                if (start >= 0) words.Add(text[start..i]);
                start = -1;
                continue;
            }
            if (start < 0) start = i;
            if (text[i] == '{') depth++;
            else if (text[i] == '}' && depth > 0) depth--;
        }
        return words;
    }
}
