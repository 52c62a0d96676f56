using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

public sealed class ClassificationTests
{
    [Theory]
    [InlineData("root@localhost.localdomain", AddressClass.Local)]
    [InlineData("root@LOCALHOST.localdomain.", AddressClass.Local)]
    [InlineData("joe@[192.0.2.25]", AddressClass.Local)]
    [InlineData("joe@[IPv6:2001:db8::25]", AddressClass.Local)]
    [InlineData("joe@[192.0.2.26]", AddressClass.Default)]
    [InlineData("alice@Example.TEST", AddressClass.VirtualMailbox)]
    [InlineData("alice", AddressClass.VirtualMailbox)]
    [InlineData("x@partner.test", AddressClass.Relay)]
    [InlineData("x@sub.partner.test", AddressClass.Default)]
    [InlineData("x@remote.test", AddressClass.Default)]
    [InlineData("", AddressClass.Default)]
    public async Task Domain_decides_the_class(string address, AddressClass expected) =>
        Assert.Equal(expected, await Book.Open().ClassifyAsync(Address.FromInternal(address), CancellationToken.None));

    [Theory]
    [InlineData("x%remote.test", "example.test")]
    [InlineData("remote.test!x", "example.test")]
    [InlineData("x@remote.test", "example.test")]
    [InlineData("x@remote.test", "")]
    [InlineData("x%remote.test", "localhost.localdomain")]
    [InlineData("remote.test!x", "localhost.localdomain")]
    [InlineData("x%remote.test%localhost.localdomain", "localhost.localdomain")]
    [InlineData("x%remote.test", "partner.test")]
    public async Task Route_through_us_is_a_strangers_address(string local, string domain) =>
        Assert.Equal(AddressClass.Default, await Book.Open().ClassifyAsync(new Address(local, domain), CancellationToken.None));

    [Theory]
    [InlineData("alice", "", "alice@example.test")]
    [InlineData("alice", "remote.test", "alice@remote.test")]
    [InlineData("", "", "")]
    public void Bare_local_part_is_completed_and_nothing_else(string local, string domain, string whole) =>
        Assert.Equal(whole, Book.Open().Complete(new Address(local, domain)).ToString());

    [Fact]
    public async Task Route_from_mydestination_to_a_domain_of_ours_is_ours() =>
        Assert.Equal(AddressClass.VirtualMailbox, await Book.Open().ClassifyAsync(new Address("alice%example.test", "localhost.localdomain"), CancellationToken.None));

    [Fact]
    public async Task Routing_sees_the_class_of_the_domain_behind_a_route()
    {
        var resolved = await Book.Open().ResolveAsync(new Address("x%remote.test", "example.test"), CancellationToken.None);
        Assert.Equal(new ResolvedAddress(new Address("x%remote.test", "example.test"), AddressClass.VirtualMailbox, IsRouted: true), resolved);
        resolved = await Book.Open().ResolveAsync(new Address("x%remote.test", "localhost.localdomain"), CancellationToken.None);
        Assert.Equal(new ResolvedAddress(new Address("x", "remote.test"), AddressClass.Default, IsRouted: false), resolved);
    }

    [Fact]
    public async Task Operators_are_plain_characters_when_switched_off()
    {
        var book = Book.Open(settings => settings with { PercentHack = false, SwapBangpath = false });
        Assert.Equal(AddressClass.VirtualMailbox, await book.ClassifyAsync(new Address("x%remote.test", "example.test"), CancellationToken.None));
        Assert.Equal(AddressClass.VirtualMailbox, await book.ClassifyAsync(new Address("remote.test!x", "example.test"), CancellationToken.None));
    }

    [Fact]
    public async Task Domain_in_two_classes_is_of_the_first()
    {
        var both = DomainList.Of("both.test");
        var book = Book.Open(settings => settings with { VirtualAliasDomains = both, VirtualMailboxDomains = both, RelayDomains = both });
        Assert.Equal(AddressClass.VirtualAlias, await book.ClassifyAsync(new Address("x", "both.test"), CancellationToken.None));
    }

    [Fact]
    public async Task Domain_that_is_a_key_of_the_alias_maps_is_a_virtual_alias_domain()
    {
        var book = Book.Open(settings => settings with { VirtualAliasMaps = [new FakeTable(("old.test", "anything"))] });
        Assert.Equal(AddressClass.VirtualAlias, await book.ClassifyAsync(new Address("x", "old.test"), CancellationToken.None));
    }

    [Fact]
    public async Task Broken_table_is_a_temporary_failure_and_not_a_stranger()
    {
        var tables = new FakeTables { Tables = { ["sqlite:x"] = new FakeTable { Failure = "down" } } };
        var book = Book.Open(settings => settings with { VirtualMailboxDomains = DomainList.Parse(["sqlite:x"], tables) });
        await Assert.ThrowsAsync<TemporaryFailureException>(async () => await book.ClassifyAsync(new Address("x", "example.test"), CancellationToken.None));
    }
}
