namespace PolicyMTA.Import.Translation;

/// <summary>A file of the result. Immutable.</summary>
/// <param name="Path">Its path from the result's folder, with slashes.</param>
/// <param name="Content">What is in it.</param>
/// <param name="IsSecret">True where only its owner may read it: it holds a password.</param>
public sealed record ImportedFile(string Path, ReadOnlyMemory<byte> Content, bool IsSecret = false);
