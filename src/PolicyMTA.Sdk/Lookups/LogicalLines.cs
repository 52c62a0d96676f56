namespace PolicyMTA.Sdk;

/// <summary>
/// The logical lines of Postfix's text files: empty and <c>#</c> lines are left out, a line that begins with white space continues the one before,
/// even across comments between them.
/// </summary>
public static class LogicalLines
{
    /// <summary>The lines with the numbers of their first physical lines, from 1; a continuation is joined as it stands.</summary>
    public static IEnumerable<(int Line, string Content)> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Join(text);
    }

    private static IEnumerable<(int Line, string Content)> Join(string text)
    {
        var (first, content, number) = (0, "", 0);
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.TrimEnd('\r');
            var start = line.AsSpan().TrimStart();
            if (start.IsEmpty || start[0] == '#') continue;
            if (content.Length > 0 && start.Length < line.Length)
            {
                content += line;
                continue;
            }
            if (content.Length > 0) yield return (first, content);
            (first, content) = (number, line.Trim());
        }
        if (content.Length > 0) yield return (first, content);
    }
}
