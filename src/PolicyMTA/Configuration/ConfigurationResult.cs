namespace PolicyMTA.Configuration;

/// <summary>A configuration, or every reason why there is none.</summary>
internal sealed record ConfigurationResult
{
    /// <summary>Null when there are errors.</summary>
    public MailConfiguration? Configuration { get; init; }
    /// <summary>All of them, in the order of the file.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; init; } = [];
}
