namespace PolicyMTA.Delivery.Reports;

/// <summary>The templates of <c>bounce_template_file</c>. An immutable value.</summary>
public sealed record BounceTemplates
{
    /// <summary>No templates: all is as built in.</summary>
    public static BounceTemplates BuiltIn { get; } = new();
    /// <summary><c>failure_template</c>.</summary>
    public BounceTemplate Failure { get; init; } = new();
    /// <summary><c>delay_template</c>.</summary>
    public BounceTemplate Delay { get; init; } = new();
    /// <summary><c>success_template</c>.</summary>
    public BounceTemplate Success { get; init; } = new();
    /// <summary><c>verify_template</c>.</summary>
    public BounceTemplate Verify { get; init; } = new();
}
