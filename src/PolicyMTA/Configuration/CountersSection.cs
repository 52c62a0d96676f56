namespace PolicyMTA.Configuration;

/// <summary><c>[counters]</c>.</summary>
/// <param name="Store">What keeps them: <c>sqlite</c> or <c>memory</c>.</param>
/// <param name="File">The file of <c>sqlite</c>.</param>
/// <param name="Limit">How many are kept.</param>
internal sealed record CountersSection(string Store, string File, int Limit)
{
    /// <summary>Reads the section.</summary>
    public static CountersSection From(Parameters section) =>
        new(section.Text("store"), section.FilePath("file") ?? Path.Combine(section.Root, "counters.sqlite3"), Math.Max(1, section.Int32("limit")));
}
