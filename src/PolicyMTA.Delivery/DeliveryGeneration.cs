using PolicyMTA.Addressing;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>What delivery needs of a generation. An immutable value; each attempt leases the one in force.</summary>
public sealed record DeliveryGeneration
{
    /// <summary>The generation's hash.</summary>
    public required string Hash { get; init; }
    /// <summary>The parameters.</summary>
    public required DeliverySettings Settings { get; init; }
    /// <summary>The address classes: which transport a recipient's domain gets.</summary>
    public required AddressBook Addresses { get; init; }
    /// <summary>The transports of plugins by name; a built-in one of the same name steps back.</summary>
    public IReadOnlyDictionary<string, ITransport> Transports { get; init; } = new Dictionary<string, ITransport>();
    /// <summary>The rules of delivery; null: none.</summary>
    public DeliveryPolicy? Policies { get; init; }
}
