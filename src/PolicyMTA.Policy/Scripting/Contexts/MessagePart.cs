namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>A leaf of a message's structure, as <c>message.parts</c> tells of it. An immutable value.</summary>
/// <param name="FileName">What its sender calls it; null when it has no name.</param>
/// <param name="Type">What its sender says it is.</param>
/// <param name="DetectedType">What its first bytes say it is; null when they say nothing.</param>
/// <param name="Size">Bytes, decoded.</param>
/// <param name="Sha256">Their hash in hexadecimal digits, lower case.</param>
/// <param name="IsEncrypted">True where nobody can look into it without a key: archives, documents, messages.</param>
internal sealed record MessagePart(string? FileName, string Type, string? DetectedType, long Size, string Sha256, bool IsEncrypted);
