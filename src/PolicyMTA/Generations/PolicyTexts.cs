using PolicyMTA.Configuration;
using PolicyMTA.Policy;

namespace PolicyMTA.Generations;

/// <summary>The policies of a generation as they were read. An immutable value.</summary>
/// <param name="InForce">Those in force.</param>
/// <param name="Shadow">Those beside them, without effect; null without any.</param>
internal sealed record PolicyTexts(PolicySource InForce, PolicySource? Shadow)
{
    /// <summary>Reads the folders.</summary>
    public static PolicyTexts Read(PolicySection section) => new(PolicySource.Read(section.Folder), section.Shadow is { } shadow ? PolicySource.Read(shadow) : null);
}
