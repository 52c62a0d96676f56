namespace PolicyMTA.Configuration;

/// <summary><c>[policy]</c>.</summary>
/// <param name="Folder">Where the policies are.</param>
internal sealed record PolicySection(string Folder)
{
    /// <summary>Reads the section.</summary>
    public static PolicySection From(Parameters section) => new(section.FilePath("folder") ?? section.Root);
}
