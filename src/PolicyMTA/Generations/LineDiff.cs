using System.Text;

namespace PolicyMTA.Generations;

/// <summary>What is different between two texts, as diff -u writes it.</summary>
internal static class LineDiff
{
    /// <summary>Lines around a change.</summary>
    private const int Context = 3;

    // The table of the comparison has the product of both lengths: beyond this a text counts as replaced.
    private const int MostCells = 4_000_000;

    /// <summary>The differences of one file; null when there are none.</summary>
    /// <param name="name">What the file is called.</param>
    /// <param name="before">Its text; null when it was not there.</param>
    /// <param name="after">Likewise.</param>
    public static string? Write(string name, string? before, string? after)
    {
        if (before == after) return null;
        var lines = Compare(Lines(before), Lines(after));
        var text = new StringBuilder();
        text.Append("--- ").Append(before is null ? "/dev/null" : name).Append('\n').Append("+++ ").Append(after is null ? "/dev/null" : name).Append('\n');
        var (oldLine, newLine) = (1, 1);
        for (var i = 0; i < lines.Count;)
        {
            var next = lines.FindIndex(i, l => l.Sign != ' ');
            if (next < 0) break;
            var start = Math.Max(i, next - Context);
            (oldLine, newLine) = (oldLine + start - i, newLine + start - i);
            var end = EndOfHunk(lines, next);
            var hunk = lines[start..end];
            var (oldCount, newCount) = (hunk.Count(l => l.Sign != '+'), hunk.Count(l => l.Sign != '-'));
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"@@ -{(oldCount == 0 ? oldLine - 1 : oldLine)},{oldCount} +{(newCount == 0 ? newLine - 1 : newLine)},{newCount} @@\n");
            foreach (var (sign, line) in hunk) text.Append(sign).Append(line).Append('\n');
            (i, oldLine, newLine) = (end, oldLine + oldCount, newLine + newCount);
        }
        return text.ToString();
    }

    /// <summary>Where the hunk ends that begins with this change: changes closer than their contexts are one.</summary>
    private static int EndOfHunk(List<(char Sign, string Text)> lines, int change)
    {
        while (true)
        {
            var same = lines.FindIndex(change, l => l.Sign == ' ');
            if (same < 0) return lines.Count;
            var next = lines.FindIndex(same, l => l.Sign != ' ');
            if (next < 0 || next - same > 2 * Context) return Math.Min(lines.Count, same + Context);
            change = next;
        }
    }

    private static List<(char Sign, string Text)> Compare(string[] before, string[] after)
    {
        var head = 0;
        while (head < before.Length && head < after.Length && before[head] == after[head]) head++;
        var tail = 0;
        while (tail < before.Length - head && tail < after.Length - head && before[^(tail + 1)] == after[^(tail + 1)]) tail++;
        var lines = before.Take(head).Select(line => (' ', line)).ToList();
        lines.AddRange(Middle(before[head..^tail], after[head..^tail]));
        lines.AddRange(before.TakeLast(tail).Select(line => (' ', line)));
        return lines;
    }

    /// <summary>By the longest common subsequence.</summary>
    private static IEnumerable<(char Sign, string Text)> Middle(string[] before, string[] after)
    {
        if ((long)before.Length * after.Length > MostCells) return [.. before.Select(line => ('-', line)), .. after.Select(line => ('+', line))];
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--) common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }
        return Walk(before, after, common);
    }

    private static IEnumerable<(char Sign, string Text)> Walk(string[] before, string[] after, int[,] common)
    {
        var (i, j) = (0, 0);
        while (i < before.Length || j < after.Length)
        {
            if (i < before.Length && j < after.Length && before[i] == after[j]) (i, j) = (i + 1, j + 1);
            else if (j == after.Length || (i < before.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                yield return ('-', before[i++]);
                continue;
            }
            else
            {
                yield return ('+', after[j++]);
                continue;
            }
            yield return (' ', before[i - 1]);
        }
    }

    private static string[] Lines(string? text)
    {
        if (string.IsNullOrEmpty(text)) return [];
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
