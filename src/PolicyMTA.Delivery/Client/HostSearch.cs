using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>Where a next hop leads. A closed set of immutable values.</summary>
internal abstract record HostSearch
{
    private HostSearch() { }

    /// <summary>Addresses in the order to try; at least one.</summary>
    public sealed record Found(IReadOnlyList<Destination> Destinations) : HostSearch;

    /// <summary>Nowhere: for good, or for now when the status says 4.</summary>
    public sealed record NotFound(EnhancedStatus Status, string Text) : HostSearch;
}
