using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>
/// The logical lines of Postfix's text files: empty and <c>#</c> lines are left out, a line that begins with white space continues the one before,
/// even across comments between them.
/// </summary>
public static class LogicalLines
{
    /// <summary>The lines with the numbers of their first physical lines, from 1; a continuation is joined as it stands. One that has nothing to continue keeps
    /// its white space in front, for the reader to refuse.</summary>
    public static IEnumerable<(int Line, string Content)> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Join(text);
    }

    private static IEnumerable<(int Line, string Content)> Join(string text)
    {
        var (first, number) = (0, 0);
        var content = new StringBuilder();
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.TrimEnd('\r');
            var start = line.AsSpan().TrimStart();
            if (start.IsEmpty || start[0] == '#') continue;
            if (content.Length > 0 && start.Length < line.Length)
            {
                content.Append(line);
                continue;
            }
            if (content.Length > 0) yield return (first, content.ToString().TrimEnd());
            content.Clear().Append(line);
            first = number;
        }
        if (content.Length > 0) yield return (first, content.ToString().TrimEnd());
    }
}
