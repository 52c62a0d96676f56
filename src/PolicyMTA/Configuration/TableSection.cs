namespace PolicyMTA.Configuration;

/// <summary>A section <c>[tables.NAME]</c>: a lookup table with a name of its own.</summary>
/// <param name="Type">The table's type.</param>
/// <param name="Path">The key <c>path</c> or <c>name</c>: what stands behind the colon of <c>type:name</c>; empty when missing.</param>
/// <param name="Parameters">All other keys, as text.</param>
/// <param name="Position">Where the section stands.</param>
internal sealed record TableSection(string Type, string Path, IReadOnlyDictionary<string, string> Parameters, SourcePosition Position);
