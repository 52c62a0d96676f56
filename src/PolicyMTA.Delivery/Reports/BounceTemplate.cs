namespace PolicyMTA.Delivery.Reports;

/// <summary>How one kind of report begins (bounce(5)): what is null or empty is as built in. An immutable value.</summary>
public sealed record BounceTemplate
{
    /// <summary>The charset of <see cref="Text"/>.</summary>
    public string? Charset { get; init; }
    /// <summary>The From field; an address without a domain gets <c>myorigin</c>.</summary>
    public string? From { get; init; }
    /// <summary>The Subject field of what the sender reads.</summary>
    public string? Subject { get; init; }
    /// <summary>The Subject field of what the postmaster reads.</summary>
    public string? PostmasterSubject { get; init; }
    /// <summary>What is said to the sender, with CRLF line ends; null: what is built in.</summary>
    public string? Text { get; init; }
}
