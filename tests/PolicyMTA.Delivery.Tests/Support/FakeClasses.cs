using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>Address classes by domain; everything else is of others.</summary>
internal sealed class FakeClasses(params (string Domain, AddressClass Class)[] domains) : IAddressClasses
{
    public ValueTask<AddressClass> ClassifyAsync(Address address, CancellationToken cancellationToken) =>
        new(domains.FirstOrDefault(d => d.Domain == address.Domain).Class);

    public ValueTask<AddressStatus> ValidateAsync(Address address, CancellationToken cancellationToken) => throw new NotSupportedException();
}
