using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>What the envelope of a transaction became. A closed set of immutable values.</summary>
internal abstract record CleanEnvelope
{
    private CleanEnvelope() { }

    /// <summary>Whom the queue shall deliver to, and from whom; nobody when everything was discarded.</summary>
    internal sealed record Recipients(IReadOnlyList<QueuedRecipient> Items) : CleanEnvelope;

    /// <summary>A loop of aliases, or too many: 451 4.6.0.</summary>
    internal sealed record AliasError(string Reason) : CleanEnvelope;

    /// <summary>A rule made a recipient that nobody may relay to.</summary>
    internal sealed record NoRelay(Address Address) : CleanEnvelope;
}
