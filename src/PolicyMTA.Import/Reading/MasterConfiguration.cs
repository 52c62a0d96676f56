namespace PolicyMTA.Import.Reading;

/// <summary>A master.cf.</summary>
internal sealed class MasterConfiguration
{
    private const int Columns = 8;

    private static readonly string[] Types = ["inet", "unix", "unix-dgram", "fifo", "pass"];

    private readonly List<MasterService> _services = [];
    private readonly List<ReadingProblem> _problems = [];

    private MasterConfiguration()
    {
    }

    public IReadOnlyList<MasterService> Services => _services;

    public IReadOnlyList<ReadingProblem> Problems => _problems;

    /// <summary>Reads a file; lines that Postfix would refuse become problems, and the reading goes on.</summary>
    public static MasterConfiguration Read(string file, string text)
    {
        var read = new MasterConfiguration();
        foreach (var line in LogicalLine.Split(file, text)) read.Add(line);
        return read;
    }

    private void Add(LogicalLine line)
    {
        if (WhiteSpace.Is(line.Text[0]))
        {
            Refuse(line, "begins with white space, but there is no line to continue: Postfix passes over it. Remove the white space");
            return;
        }
        if (!MasterArguments.TrySplit(line.Text, out var words))
        {
            Refuse(line, "has a { without its }, or text right after the }: Postfix does not start. Close the brace");
        }
        else if (words.Count < Columns)
        {
            Refuse(line, $"has {words.Count} columns of {Columns}: Postfix does not start. Write service, type, private, unprivileged, chroot, wakeup, process limit and command");
        }
        else if (!Types.Contains(words[1]))
        {
            Refuse(line, $"has the type \"{words[1]}\": Postfix does not start. It is one of {string.Join(", ", Types)}");
        }
        else
        {
            AddService(line.Place, words);
        }
    }

    private void AddService(Place place, List<string> words)
    {
        var arguments = words[Columns..];
        var overrides = new List<Parameter>();
        foreach (var text in MasterArguments.Overrides(arguments))
        {
            if (Parameter.Parse(text, place) is { } parameter) overrides.Add(parameter);
            else _problems.Add(new ReadingProblem(place, $"has \"-o {text}\", which is not name=value: the service does not start. Put a value with white space in braces: -o {{ name = value }}"));
        }
        _services.Add(new MasterService
        {
            Place = place,
            Name = words[0],
            Type = words[1],
            Private = words[2],
            Unprivileged = words[3],
            Chroot = words[4],
            Wakeup = words[5],
            ProcessLimit = words[6],
            Command = words[7],
            Arguments = arguments,
            Overrides = overrides,
        });
    }

    private void Refuse(LogicalLine line, string why) => _problems.Add(new ReadingProblem(line.Place, why));
}
