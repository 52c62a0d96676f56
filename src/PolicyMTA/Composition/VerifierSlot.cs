using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>Where policies find the address verifier: they are made before it, and for <c>policymta check</c> there is none.</summary>
internal sealed class VerifierSlot : IAddressVerifier
{
    /// <summary>The verifier, once it runs.</summary>
    public IAddressVerifier? Verifier { get; set; }

    /// <inheritdoc/>
    public ValueTask<AddressVerification> VerifyAsync(Address address, bool isUnderStress, CancellationToken cancellationToken) =>
        Verifier?.VerifyAsync(address, isUnderStress, cancellationToken) ?? throw new TemporaryFailureException("address verification does not run");
}
