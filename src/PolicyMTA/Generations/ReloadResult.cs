using PolicyMTA.Configuration;

namespace PolicyMTA.Generations;

/// <summary>How a reload or a rollback ended. When it failed, nothing has changed.</summary>
internal sealed record ReloadResult
{
    /// <summary>True when the generation is in force.</summary>
    public required bool Succeeded { get; init; }
    /// <summary>The hash of the generation in force now.</summary>
    public required string Hash { get; init; }
    /// <summary>What changed, a line each; empty when nothing did.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];
    /// <summary>Why it failed.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; init; } = [];
    /// <summary>What is suspicious and was accepted.</summary>
    public IReadOnlyList<ConfigurationError> Warnings { get; init; } = [];
}
