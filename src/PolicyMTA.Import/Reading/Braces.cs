namespace PolicyMTA.Import.Reading;

/// <summary>Text in braces or parentheses.</summary>
internal static class Braces
{
    /// <summary>Where what opens at <paramref name="start"/> is closed; -1 where it is not.</summary>
    public static int FindEnd(string text, int start)
    {
        var open = text[start];
        var close = open == '{' ? '}' : ')';
        var depth = 0;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == open) depth++;
            else if (text[i] == close && --depth == 0) return i;
        }
        return -1;
    }
}
