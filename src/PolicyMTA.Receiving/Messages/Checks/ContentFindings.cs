using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages.Checks;

/// <summary>What header and body checks want done with a message. An immutable value.</summary>
internal sealed record ContentFindings
{
    /// <summary>Nothing.</summary>
    internal static ContentFindings None { get; } = new();

    /// <summary>REJECT, or a structure that is refused.</summary>
    internal Refusal? Refusal { get; init; }
    /// <summary>DISCARD.</summary>
    internal bool IsDiscarded { get; init; }
    /// <summary>HOLD.</summary>
    internal Verdict.Hold? Hold { get; init; }
    /// <summary>FILTER: <c>transport:nexthop</c>.</summary>
    internal string? Filter { get; init; }
    /// <summary>REDIRECT.</summary>
    internal Address? Redirect { get; init; }
    /// <summary>BCC.</summary>
    internal IReadOnlyList<Address> Copies { get; init; } = [];
}
