using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>Which recipients a person may do something to.</summary>
internal static class Applicability
{
    internal static Func<QueuedRecipient, bool> Of(string verb) => verb switch
    {
        "hold" => static recipient => recipient.State is RecipientState.Due or RecipientState.Deferred or RecipientState.Active,
        "release" => static recipient => recipient.State == RecipientState.Held,
        "delete" => static recipient => recipient.State is not (RecipientState.Delivered or RecipientState.Bounced),
        "flush" => static recipient => recipient.State is RecipientState.Due or RecipientState.Deferred,
        // What is being tried is left to its attempt; what can't be read can't be returned or copied.
        "bounce" or "requeue" => static recipient => recipient.State is RecipientState.Due or RecipientState.Deferred or RecipientState.Active or RecipientState.Held,
        _ => throw new ArgumentException($"'{verb}' is nothing to do to the queue", nameof(verb)),
    };
}
