namespace PolicyMTA.Configuration;

/// <summary><c>[policy]</c>.</summary>
/// <param name="Folder">Where the policies are.</param>
internal sealed record PolicySection(string Folder);
