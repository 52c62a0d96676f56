using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Support;

/// <summary>Address classes by domain; everything else is of others.</summary>
internal sealed class FakeClasses(params (string Domain, AddressClass Class)[] domains)
{
    public IReadOnlyList<ILookupTable> Aliases { get; init; } = [];

    public AddressBook Book => With("");

    /// <summary>The same with a delimiter of extensions.</summary>
    public AddressBook With(string delimiter) => new(new AddressBookSettings
    {
        RecipientDelimiter = delimiter,
        MyOrigin = "example.test",
        MyDestination = Of(domains, AddressClass.Local),
        VirtualAliasMaps = Aliases,
        VirtualAliasDomains = Of(domains, AddressClass.VirtualAlias),
        VirtualMailboxDomains = Of(domains, AddressClass.VirtualMailbox),
        RelayDomains = Of(domains, AddressClass.Relay),
    });

    private static DomainList Of((string Domain, AddressClass Class)[] domains, AddressClass wanted) =>
        DomainList.Of([.. domains.Where(domain => domain.Class == wanted).Select(domain => domain.Domain)]);
}
