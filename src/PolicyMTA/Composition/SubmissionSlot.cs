using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>Where plugins find the way into the queue: they are made before it, and for <c>policymta check</c> there is none.</summary>
internal sealed class SubmissionSlot : IMailSubmission
{
    /// <summary>The way, once the server runs.</summary>
    public IMailSubmission? Submission { get; set; }

    /// <inheritdoc/>
    public bool IsOpen => Submission is { IsOpen: true };

    /// <inheritdoc/>
    public ValueTask<SubmissionOutcome> SubmitAsync(ServerMail mail, CancellationToken cancellationToken) =>
        Submission?.SubmitAsync(mail, cancellationToken) ?? new(new SubmissionOutcome.Deferred("the server does not run"));
}
