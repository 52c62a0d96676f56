using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

/// <summary>The address book of the guide's server, with the rows of its database.</summary>
internal static class Book
{
    public static AddressBookSettings Settings { get; } = new()
    {
        MyOrigin = "example.test",
        MyDestination = DomainList.Of("localhost.localdomain"),
        OwnAddresses = [IPAddress.Parse("192.0.2.25"), IPAddress.Parse("2001:db8::25")],
        VirtualMailboxDomains = DomainList.Of("example.test", "catchall.test", "aliasdom.test"),
        VirtualMailboxMaps = [Mailboxes],
        LocalRecipientMaps = [Mailboxes],
        RelayDomains = DomainList.Of("partner.test"),
        VirtualAliasMaps =
        [
            new FakeTable(
                ("alice@example.test", "alice@example.test"),
                ("bob@example.test", "bob@example.test"),
                ("dave@catchall.test", "dave@catchall.test"),
                ("postmaster@example.test", "alice@example.test"),
                ("sales@example.test", "alice@example.test,bob@example.test"),
                ("nested@example.test", "sales@example.test, bob@example.test BOB@example.test"),
                ("loop1@example.test", "loop2@example.test"),
                ("loop2@example.test", "loop1@example.test"),
                ("forward@example.test", "someone@remote.test"),
                ("dead@example.test", "nobody-here@example.test"),
                ("local@example.test", "bob"),
                ("@moved.test", "@example.test"),
                ("@catchall.test", "bob@example.test")),
        ],
    };

    public static FakeTable Mailboxes => new(
        ("alice@example.test", "example.test/alice/"),
        ("bob@example.test", "example.test/bob/"),
        ("dave@catchall.test", "catchall.test/dave/"));

    public static AddressBook Open(Func<AddressBookSettings, AddressBookSettings>? change = null) => new(change is null ? Settings : change(Settings));

    public static async Task<string[]> Expand(this AddressBook book, string address) =>
        await book.ExpandAsync(Address.FromInternal(address), CancellationToken.None) switch
        {
            AliasExpansion.Expanded expanded => [.. expanded.Addresses.Select(a => a.ToString())],
            AliasExpansion.TooMuch tooMuch => throw new InvalidOperationException(tooMuch.Reason),
            _ => throw new InvalidOperationException(),
        };
}
