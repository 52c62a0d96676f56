using PolicyMTA.Traces;

namespace PolicyMTA.Configuration;

/// <summary><c>[policy]</c>.</summary>
/// <param name="Folder">Where the policies are.</param>
/// <param name="Shadow">Where the shadow set is; null without one.</param>
/// <param name="Traces">Where decisions are kept.</param>
internal sealed record PolicySection(string Folder, string? Shadow, TraceSettings Traces)
{
    /// <summary>Reads the section.</summary>
    public static PolicySection From(Parameters section) => new(
        section.FilePath("folder") ?? section.Root,
        section.FilePath("shadow"),
        new TraceSettings(section.FilePath("trace_database"), section.Duration("trace_lifetime"), Math.Max(section.Int64("trace_size"), TraceSettings.LeastSize)));
}
