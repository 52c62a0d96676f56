namespace PolicyMTA.Generations;

/// <summary>A generation that was in force, newest first in a history.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Since">When it came in force last.</param>
/// <param name="Changes">What changed then.</param>
/// <param name="IsCurrent">True for the one in force.</param>
/// <param name="Author">The user who asked for it, <c>start</c> or <c>watch</c>; empty when it is not known.</param>
internal sealed record HistoryEntry(string Hash, DateTimeOffset Since, IReadOnlyList<string> Changes, bool IsCurrent, string Author);
