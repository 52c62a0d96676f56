using PolicyMTA.Addressing;
using PolicyMTA.Policy;

namespace PolicyMTA.Receiving.Delegation;

/// <summary>What a <see cref="PolicyServer"/> answers by. An immutable value, valid as long as its generation.</summary>
public sealed record DelegationSettings
{
    /// <summary>The listener's name.</summary>
    public required string Listener { get; init; }
    /// <summary>The hash of the generation, for traces.</summary>
    public string Generation { get; init; } = "";
    /// <summary><c>myhostname</c>.</summary>
    public required string HostName { get; init; }
    /// <summary><c>mynetworks</c>.</summary>
    public required NetworkList MyNetworks { get; init; }
    /// <summary>The prepared policies.</summary>
    public required StagePolicies Policies { get; init; }
    /// <summary>The folder under <c>policies/</c> that overrides lists; empty for none.</summary>
    public string PolicySet { get; init; } = "";
    /// <summary>Address classes.</summary>
    public required AddressBook Addresses { get; init; }
}
