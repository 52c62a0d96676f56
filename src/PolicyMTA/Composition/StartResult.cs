using PolicyMTA.Configuration;

namespace PolicyMTA.Composition;

/// <summary>A running server, or every reason why there is none.</summary>
internal sealed record StartResult
{
    /// <summary>Null when there are errors.</summary>
    public MailServer? Server { get; init; }
    /// <summary>Each a clear sentence with its place.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; init; } = [];
}
