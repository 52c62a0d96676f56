using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>Knows addresses by heart; what it was not told is in progress.</summary>
internal sealed class FakeVerifier : IAddressVerifier
{
    public Dictionary<string, AddressVerification> Known { get; } = [];
    public List<(string Address, bool IsUnderStress)> Asked { get; } = [];
    public bool IsBroken { get; set; }

    public ValueTask<AddressVerification> VerifyAsync(Address address, bool isUnderStress, CancellationToken cancellationToken)
    {
        if (IsBroken) throw new TemporaryFailureException("it is broken");
        Asked.Add((address.ToString(), isUnderStress));
        return new(Known.TryGetValue(address.ToString(), out var known) ? known : new AddressVerification(AddressStanding.InProgress, "Address verification in progress"));
    }
}
