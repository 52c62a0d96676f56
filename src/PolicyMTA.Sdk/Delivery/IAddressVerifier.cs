namespace PolicyMTA.Sdk;

/// <summary>
/// Says whether an address takes mail (verify(8)): a probe goes the way that mail would go, up to the next hop's reply to RCPT, and what came of it is remembered.
/// Thread-safe.
/// </summary>
public interface IAddressVerifier
{
    /// <summary>
    /// What is known of the address; begins a probe when nothing is, or when it is old, and waits for it as long as <c>address_verify_poll_count</c> and
    /// <c>address_verify_poll_delay</c> say. The probe goes on when the wait ends, also by the token.
    /// </summary>
    /// <param name="address">The address, with its domain.</param>
    /// <param name="isUnderStress">Whether the session is, so that it waits less.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TemporaryFailureException">Nothing can be verified now.</exception>
    ValueTask<AddressVerification> VerifyAsync(Address address, bool isUnderStress, CancellationToken cancellationToken);
}

/// <summary>What is known of an address. An immutable value.</summary>
/// <param name="Standing">Whether it takes mail.</param>
/// <param name="Text">The sentence of the probe's outcome, as logs have it.</param>
public sealed record AddressVerification(AddressStanding Standing, string Text);

/// <summary>Whether an address takes mail.</summary>
public enum AddressStanding
{
    /// <summary>The probe is under way.</summary>
    InProgress,
    /// <summary>The next hop takes it.</summary>
    Deliverable,
    /// <summary>The next hop could not say for now.</summary>
    Deferred,
    /// <summary>The next hop refuses it for good.</summary>
    Undeliverable,
}
