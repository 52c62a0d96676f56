using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>Where an address leads once local domains and routing operators are taken off. An immutable value.</summary>
/// <param name="Address">The address that counts: it has a domain, <c>x%remote@ours</c> has become <c>x@remote</c>.</param>
/// <param name="Class">The class of its domain.</param>
/// <param name="IsRouted">
/// True when a domain of ours that is not <c>mydestination</c> is asked to pass mail on (<c>x%remote@ours</c>): no leave to relay comes from such an address.
/// </param>
public sealed record ResolvedAddress(Address Address, AddressClass Class, bool IsRouted);
