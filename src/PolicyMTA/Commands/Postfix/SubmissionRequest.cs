using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Postfix;

/// <summary>What somebody wants sent. An immutable value.</summary>
internal sealed record SubmissionRequest
{
    public required string Sender { get; init; }
    public string? FullName { get; init; }
    public required IReadOnlyList<string> Recipients { get; init; }
    /// <summary>The recipients are in the header section, too.</summary>
    public bool ReadsRecipients { get; init; }
    /// <summary>A line with a dot alone ends the message.</summary>
    public bool EndsAtDot { get; init; }
    /// <summary>Nothing is to be delivered: do the recipients take mail?</summary>
    public bool IsVerification { get; init; }
    public Notify Notify { get; init; }
    public Ret Ret { get; init; }
    public string? EnvelopeId { get; init; }
    public BodyType Body { get; init; }
}
