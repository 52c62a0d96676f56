namespace PolicyMTA.Delivery.Client;

/// <summary>An address that DNS names for a next hop, before the order is made. An immutable value.</summary>
internal sealed record Candidate(int Preference, Destination Destination);
