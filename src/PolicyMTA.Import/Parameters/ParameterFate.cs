using System.IO.Enumeration;

namespace PolicyMTA.Import.Parameters;

/// <summary>What becomes of parameters of Postfix that PolicyMTA has no key for.</summary>
/// <param name="IsNeeded">False where nothing is lost without it.</param>
/// <param name="Reason">Why, in one sentence.</param>
internal sealed record ParameterFate(bool IsNeeded, string Reason)
{
    private static readonly Lazy<List<(string Pattern, ParameterFate Fate)>> All = new(Read);

    /// <summary>The fate of a name; null when there is none. An exact name goes before a pattern, and patterns stand in their order.</summary>
    public static ParameterFate? Find(string name) =>
        All.Value.Where(f => f.Pattern == name).Concat(All.Value.Where(f => FileSystemName.MatchesSimpleExpression(f.Pattern, name, ignoreCase: false))).Select(f => f.Fate).FirstOrDefault();

    private static List<(string Pattern, ParameterFate Fate)> Read()
    {
        var fates = new List<(string, ParameterFate)>();
        ParameterFate? current = null;
        foreach (var line in EmbeddedLines.Of("parameter-fates.txt"))
        {
            // A heading says the fate of the names in the lines that are indented below it.
            if (line[0] != ' ') current = line.Split(": ", 2) is [var word, var reason] ? new ParameterFate(word == "unsupported", reason) : throw new InvalidOperationException($"'{line}' is no fate");
            else fates.AddRange(line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pattern => (pattern, current!)));
        }
        return fates;
    }
}
