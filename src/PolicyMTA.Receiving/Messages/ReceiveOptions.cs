namespace PolicyMTA.Receiving.Messages;

/// <summary>What one way in does with its messages, by Postfix's names: a listener before a content filter and the one behind it differ in this. An immutable value.</summary>
public sealed record ReceiveOptions
{
    /// <summary>Everything, and no filter.</summary>
    public static ReceiveOptions Default { get; } = new();

    /// <summary><c>content_filter</c>: <c>transport:nexthop</c> for every message, unless a rule names another; null: none.</summary>
    public string? ContentFilter { get; init; }
    /// <summary>False with <c>no_address_mappings</c>: no canonical addresses, no aliases, no copies. Addresses are completed all the same.</summary>
    public bool MapsAddresses { get; init; } = true;
    /// <summary>False with <c>no_header_body_checks</c>.</summary>
    public bool ChecksContent { get; init; } = true;
}
