using System.Collections.Concurrent;
using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>Says of addresses what a test says; of others it can't say. Thread-safe.</summary>
internal sealed class ScriptedVerifier : IAddressVerifier
{
    private readonly ConcurrentDictionary<string, AddressStanding> _standings = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Forgets all.</summary>
    public void Reset() => _standings.Clear();

    /// <summary>What to say of an address.</summary>
    public void Set(string address, AddressStanding standing) => _standings[address] = standing;

    /// <inheritdoc/>
    public ValueTask<AddressVerification> VerifyAsync(Address address, bool isUnderStress, CancellationToken cancellationToken) =>
        new(new AddressVerification(_standings.GetValueOrDefault(address.ToString(), AddressStanding.InProgress), "nobody is asked in a rehearsal"));
}
