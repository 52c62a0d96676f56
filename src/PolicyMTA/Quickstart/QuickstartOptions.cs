namespace PolicyMTA.Quickstart;

/// <summary>What <c>policymta quickstart</c> was asked for. Null: not said, so that the default or what a former start wrote stands.</summary>
internal sealed record QuickstartOptions
{
    public const string DefaultFolder = "policymta-quickstart";
    public const string DefaultAddress = "127.0.0.1";
    public const int DefaultSmtpPort = 2525;
    public const int DefaultSubmissionPort = 2587;
    public const int DefaultSubmissionsPort = 2465;

    /// <summary>The folder that holds everything.</summary>
    public required string Root { get; init; }
    /// <summary>The address to listen on.</summary>
    public string? Listen { get; init; }
    public int? SmtpPort { get; init; }
    public int? SubmissionPort { get; init; }
    public int? SubmissionsPort { get; init; }
}
