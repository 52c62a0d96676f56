using PolicyMTA.Receiving.Messages;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>A message that begins on this machine: a user's drop, or one that the server wrote.</summary>
internal interface ILocalMail
{
    /// <summary>Who sends it to whom.</summary>
    SubmittedEnvelope Envelope { get; }

    /// <summary>Whose it is.</summary>
    LocalUser User { get; }

    /// <summary>False for what the server wrote: it passes no content filter (Postfix's internal_mail_filter_classes).</summary>
    bool IsOfUser { get; }

    /// <summary>How long the queue keeps it back after the commit.</summary>
    TimeSpan Grace { get; }

    /// <summary>True when it is queued although it is refused, to be returned to its sender.</summary>
    bool IsReturned { get; }

    /// <summary>Feeds the content to a message, to its end.</summary>
    ValueTask CopyToAsync(MessageReception reception, CancellationToken cancellationToken);
}
