using PolicyMTA.Configuration;

namespace PolicyMTA.Generations;

/// <summary>A generation that may come in force, or every reason why there is none.</summary>
internal sealed record BuildResult(Generation? Generation, IReadOnlyList<ConfigurationError> Errors, IReadOnlyList<ConfigurationError> Warnings);
