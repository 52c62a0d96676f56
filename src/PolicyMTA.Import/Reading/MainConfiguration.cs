namespace PolicyMTA.Import.Reading;

/// <summary>A main.cf.</summary>
internal sealed class MainConfiguration
{
    private readonly Dictionary<string, Parameter> _inForce = new(StringComparer.Ordinal);
    private readonly List<Parameter> _written = [];
    private readonly List<ReadingProblem> _problems = [];

    private MainConfiguration()
    {
    }

    /// <summary>Each parameter once: the last one written wins.</summary>
    public IReadOnlyDictionary<string, Parameter> InForce => _inForce;

    /// <summary>All that is written, in the order of the file, with those that a later line replaces.</summary>
    public IReadOnlyList<Parameter> Written => _written;

    public IReadOnlyList<ReadingProblem> Problems => _problems;

    /// <summary>Reads a file; lines that Postfix would refuse become problems, and the reading goes on.</summary>
    public static MainConfiguration Read(string file, string text)
    {
        var read = new MainConfiguration();
        foreach (var line in LogicalLine.Split(file, text)) read.Add(line);
        return read;
    }

    private void Add(LogicalLine line)
    {
        if (WhiteSpace.Is(line.Text[0]))
        {
            _problems.Add(new ReadingProblem(line.Place, "begins with white space, but there is no line to continue: Postfix passes over it. Remove the white space"));
        }
        else if (Parameter.Parse(line.Text, line.Place) is { } parameter)
        {
            _written.Add(parameter);
            _inForce[parameter.Name] = parameter;
        }
        else
        {
            _problems.Add(new ReadingProblem(line.Place, "is not \"name = value\": Postfix does not start. Correct the line, or put # before it"));
        }
    }
}
