namespace PolicyMTA.Policy.Types;

/// <summary>How policies call a restriction. An immutable value.</summary>
/// <param name="Name">Its Postfix name.</param>
/// <param name="Parameters">What it is called with, as TypeScript writes it; empty: nothing.</param>
public sealed record RestrictionSignature(string Name, string Parameters);
