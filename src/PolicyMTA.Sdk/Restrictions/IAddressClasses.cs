namespace PolicyMTA.Sdk;

/// <summary>Which addresses are ours, and whether they exist. Thread-safe; a broken table throws <see cref="TemporaryFailureException"/>.</summary>
public interface IAddressClasses
{
    /// <summary>The class of an address by its domain. A bare local part is of the class of <c>myorigin</c>.</summary>
    ValueTask<AddressClass> ClassifyAsync(Address address, CancellationToken cancellationToken);

    /// <summary>Whether an address of ours exists (<c>reject_unlisted_recipient</c>); addresses of others are always known.</summary>
    ValueTask<AddressStatus> ValidateAsync(Address address, CancellationToken cancellationToken);

    /// <summary>The address as the mail system means it: a bare local part gets <c>myorigin</c>; the null address stays null.</summary>
    Address Complete(Address address);
}

/// <summary>Whether an address exists. An immutable value.</summary>
/// <param name="IsKnown">True when it does, or when it is not ours to say.</param>
/// <param name="Class">Its class.</param>
/// <param name="Table">The table that lacks it, in Postfix's words (<c>virtual mailbox table</c>); empty when known.</param>
public sealed record AddressStatus(bool IsKnown, AddressClass Class, string Table = "")
{
    /// <summary>Where the address has moved to, with an enhanced status before it (<c>relocated_maps</c>); null when it has not.</summary>
    public string? Relocated { get; init; }
}
