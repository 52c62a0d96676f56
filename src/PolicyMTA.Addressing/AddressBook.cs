using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>The address classes of a generation and their maps. Thread-safe; a broken table throws <see cref="TemporaryFailureException"/>.</summary>
public sealed class AddressBook : IAddressClasses
{
    /// <inheritdoc/>
    public ValueTask<AddressClass> ClassifyAsync(Address address, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<AddressStatus> ValidateAsync(Address address, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Expands <c>virtual_alias_maps</c> recursively (virtual(5)).</summary>
    public ValueTask<AliasExpansion> ExpandAsync(Address recipient, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The extension of a local part behind <c>recipient_delimiter</c>; empty when there is none.</summary>
    public string FindExtension(Address address) => throw new NotImplementedException();
}
