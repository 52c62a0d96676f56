using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

public sealed class ValidationTests
{
    [Theory]
    [InlineData("alice@example.test")]
    [InlineData("ALICE@EXAMPLE.TEST")]
    [InlineData("sales@example.test")]
    [InlineData("dead@example.test")]
    [InlineData("whoever@catchall.test")]
    [InlineData("postmaster@localhost.localdomain")]
    [InlineData("alice")]
    [InlineData("x@remote.test")]
    [InlineData("x@partner.test")]
    public async Task Address_is_known(string address) =>
        Assert.True((await Book.Open().ValidateAsync(Address.FromInternal(address), CancellationToken.None)).IsKnown);

    [Theory]
    [InlineData("nobody-here@example.test", "virtual mailbox table")]
    [InlineData("alice@aliasdom.test", "virtual mailbox table")]
    [InlineData("alice+lists@example.test", "virtual mailbox table")]
    [InlineData("x%remote.test@example.test", "virtual mailbox table")]
    [InlineData("root@localhost.localdomain", "local recipient table")]
    public async Task Address_is_unknown_in_its_table(string address, string table)
    {
        var status = await Book.Open().ValidateAsync(Address.FromInternal(address), CancellationToken.None);
        Assert.False(status.IsKnown);
        Assert.Equal(table, status.Table);
    }

    [Fact]
    public async Task Relay_and_alias_domains_name_their_tables()
    {
        var book = Book.Open(settings => settings with { RelayRecipientMaps = [new FakeTable(("a@partner.test", "x"))], VirtualAliasDomains = DomainList.Of("alias.test") });
        Assert.True((await book.ValidateAsync(new Address("a", "partner.test"), CancellationToken.None)).IsKnown);
        Assert.Equal("relay recipient table", (await book.ValidateAsync(new Address("b", "partner.test"), CancellationToken.None)).Table);
        Assert.Equal("virtual alias table", (await book.ValidateAsync(new Address("b", "alias.test"), CancellationToken.None)).Table);
    }

    [Fact]
    public async Task Extension_is_tried_first_and_then_left_out()
    {
        var mailboxes = Book.Mailboxes;
        var book = Book.Open(settings => settings with { RecipientDelimiter = "+-", VirtualMailboxMaps = [mailboxes], VirtualAliasMaps = [] });
        Assert.True((await book.ValidateAsync(Address.FromInternal("alice+lists@example.test"), CancellationToken.None)).IsKnown);
        Assert.Equal(["alice+lists@example.test", "alice@example.test"], mailboxes.Asked);
    }

    [Fact]
    public async Task Keys_come_in_the_order_of_virtual_5()
    {
        var mailboxes = new FakeTable();
        var book = Book.Open(settings => settings with { RecipientDelimiter = "+", VirtualMailboxMaps = [mailboxes], VirtualAliasMaps = [] });
        await book.ValidateAsync(Address.FromInternal("User+Ext@Example.test"), CancellationToken.None);
        Assert.Equal(["user+ext@example.test", "user@example.test", "user+ext", "user", "@example.test"], mailboxes.Asked);
    }

    [Fact]
    public async Task Pattern_table_is_asked_whole_addresses_as_they_are()
    {
        var pattern = new FakeTable { AcceptsPartialKeys = false, FoldsKeys = false };
        var book = Book.Open(settings => settings with { RecipientDelimiter = "+", VirtualMailboxMaps = [pattern], VirtualAliasMaps = [] });
        await book.ValidateAsync(Address.FromInternal("User+Ext@Example.test"), CancellationToken.None);
        Assert.Equal(["User+Ext@Example.test"], pattern.Asked);
    }

    [Theory]
    [InlineData("alice+lists", "+", "lists")]
    [InlineData("alice-a+b", "+-", "a+b")]
    [InlineData("+lists", "+", "")]
    [InlineData("alice", "+", "")]
    [InlineData("alice+lists", "", "")]
    [InlineData("owner-list", "-", "")]
    [InlineData("list-request", "-", "")]
    public void Extension_is_what_stands_behind_the_delimiter(string local, string delimiter, string extension) =>
        Assert.Equal(extension, Book.Open(settings => settings with { RecipientDelimiter = delimiter }).FindExtension(new Address(local, "example.test")));
}
