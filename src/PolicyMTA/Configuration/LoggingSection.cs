namespace PolicyMTA.Configuration;

/// <summary><c>[logging]</c>.</summary>
/// <param name="Level">The least level written: <c>debug</c>, <c>info</c>, <c>warning</c>, <c>error</c>.</param>
/// <param name="Console">True writes to the console.</param>
/// <param name="File">The log file; null for none.</param>
/// <param name="FileFormat"><c>text</c> or <c>json</c>.</param>
/// <param name="Syslog">The syslog socket, as <c>/dev/log</c>; null for none.</param>
internal sealed record LoggingSection(string Level, bool Console, string? File, string FileFormat, string? Syslog)
{
    /// <summary>Reads the section.</summary>
    public static LoggingSection From(Parameters section) =>
        new(section.Text("level"), section.Boolean("console"), section.FilePath("file"), section.Text("file_format"), section.FilePath("syslog"));
}
