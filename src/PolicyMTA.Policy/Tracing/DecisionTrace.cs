namespace PolicyMTA.Policy;

/// <summary>
/// Every decision of one transaction, or of what happened between two of them. A very long transaction comes in parts. It holds what the envelope
/// says and what was answered, never content and never a secret. An immutable value.
/// </summary>
public sealed record DecisionTrace
{
    /// <summary>When it ended.</summary>
    public required DateTimeOffset Time { get; init; }
    /// <summary>The session's id.</summary>
    public required string Session { get; init; }
    /// <summary>Which transaction of the session it is, from 1; 0 outside of one.</summary>
    public required int Transaction { get; init; }
    /// <summary>The message's queue id; null when no recipient was accepted.</summary>
    public string? QueueId { get; init; }
    /// <summary>The hash of the generation that decided.</summary>
    public required string Generation { get; init; }
    /// <summary>The listener.</summary>
    public required string Listener { get; init; }
    /// <summary>The client, as <c>name[address]</c>.</summary>
    public required string Client { get; init; }
    /// <summary>What it called itself; empty before HELO.</summary>
    public string Helo { get; init; } = "";
    /// <summary>Who logged in; empty when nobody did.</summary>
    public string User { get; init; } = "";
    /// <summary>The sender; null outside of a transaction, empty for the null sender.</summary>
    public string? Sender { get; init; }
    /// <summary>The decisions in their order.</summary>
    public required IReadOnlyList<Decision> Decisions { get; init; }

    /// <summary>True when something was refused.</summary>
    public bool HasRefusal => Decisions.Any(d => d.IsRefusal);
}
