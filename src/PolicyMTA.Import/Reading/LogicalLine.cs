namespace PolicyMTA.Import.Reading;

/// <summary>A line with those that continue it, joined as Postfix joins them.</summary>
internal sealed record LogicalLine(Place Place, string Text)
{
    /// <summary>The logical lines of a file: a line that begins with white space continues the one before; comments and empty lines end nothing.</summary>
    public static IEnumerable<LogicalLine> Split(string file, string text)
    {
        LogicalLine? current = null;
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var start = line.AsSpan().TrimStart(WhiteSpace.Characters);
            if (start.IsEmpty || start[0] == '#') continue;
            if (current is not null && WhiteSpace.Is(line[0]))
            {
                current = current with { Text = current.Text + line };
                continue;
            }
            if (current is not null) yield return current;
            current = new LogicalLine(new Place(file, number), line);
        }
        if (current is not null) yield return current;
    }
}
