namespace PolicyMTA.Policy.Lists;

/// <summary>What <c>rule(fn, options)</c> declared. An immutable value.</summary>
internal sealed record FunctionOptions(string? Name = null, Fallback Fallback = Fallback.Defer, TimeSpan? Budget = null);
