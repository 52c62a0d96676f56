namespace PolicyMTA.Configuration;

/// <summary><c>[control]</c>.</summary>
/// <param name="Socket">The unix socket that the <c>policymta</c> command talks to.</param>
internal sealed record ControlSection(string Socket)
{
    /// <summary>Reads the section.</summary>
    public static ControlSection From(Parameters section) => new(section.FilePath("socket") ?? Path.Combine(section.Root, "control", "socket"));
}
