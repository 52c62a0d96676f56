using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

public sealed class RewritingTests
{
    private static readonly RewritingSettings Tables = new()
    {
        CanonicalMaps = [new FakeTable(("joe@corp.test", "joe.user@corp.test"), ("@old.test", "@new.test"), ("x@corp.test", "y@corp.test"), ("y@corp.test", "x@corp.test"), ("bob", "robert@corp.test"))],
        SenderCanonicalMaps = [new FakeTable(("ann@corp.test", "anna@corp.test"))],
        MasqueradeDomains = ["corp.test"],
        MasqueradeExceptions = DomainList.Of("root"),
    };

    [Theory]
    [InlineData("joe@corp.test", "joe.user@corp.test")]
    [InlineData("joe+x@corp.test", "joe.user+x@corp.test")]
    [InlineData("any@old.test", "any@new.test")]
    [InlineData("bob", "robert@corp.test")]
    [InlineData("any@host.corp.test", "any@corp.test")]
    [InlineData("root@host.corp.test", "root@host.corp.test")]
    [InlineData("ann@corp.test", "anna@corp.test")]
    [InlineData("any@other.test.", "any@other.test")]
    [InlineData("", "")]
    public async Task Senders_become(string address, string expected) => Assert.Equal(expected, await RewriteAsync(address, AddressUse.EnvelopeSender));

    [Theory]
    [InlineData("ann@corp.test", "ann@corp.test")]
    [InlineData("any@host.corp.test", "any@host.corp.test")] // masquerade_classes lacks envelope_recipient
    [InlineData("joe@corp.test", "joe.user@corp.test")]
    public async Task Recipients_become(string address, string expected) => Assert.Equal(expected, await RewriteAsync(address, AddressUse.EnvelopeRecipient));

    [Fact]
    public Task Entries_that_name_each_other_are_a_temporary_failure() => Assert.ThrowsAsync<TemporaryFailureException>(() => RewriteAsync("x@corp.test", AddressUse.EnvelopeSender));

    [Fact]
    public async Task Extension_that_no_key_held_is_not_passed_on_when_not_asked_for()
    {
        var book = Book.Open(settings => settings with { RecipientDelimiter = "+", Rewriting = Tables, PropagatedExtensions = ExtensionUse.None });
        Assert.Equal("joe.user@corp.test", (await book.Rewriting.RewriteAsync(Address.FromInternal("joe+x@corp.test"), AddressUse.EnvelopeSender, CancellationToken.None)).ToString());
    }

    [Fact]
    public async Task Alias_that_makes_its_address_longer_ends_at_the_limit()
    {
        var table = new FakeTable(("a@example.test", "aaaaaaaa@example.test"));
        Assert.Equal(["aaaaaaaa@example.test"], await Book.Open(settings => settings with { VirtualAliasMaps = [table], VirtualAliasAddressLengthLimit = 21 }).Expand("a@example.test"));
        var book = Book.Open(settings => settings with { VirtualAliasMaps = [table], VirtualAliasAddressLengthLimit = 20 });
        Assert.IsType<AliasExpansion.TooMuch>(await book.ExpandAsync(Address.FromInternal("a@example.test"), CancellationToken.None));
    }

    [Fact]
    public async Task Who_has_moved_is_unknown_and_his_place_is_told()
    {
        var book = Book.Open(settings => settings with { RelocatedMaps = [new FakeTable(("gone@example.test", "gone@new.test"))] });
        var status = await book.ValidateAsync(Address.FromInternal("gone@example.test"), CancellationToken.None);
        Assert.Equal((false, "5.1.6 User has moved to gone@new.test"), (status.IsKnown, status.Relocated));
        Assert.Null(await book.FindRelocatedAsync(Address.FromInternal("alice@example.test"), CancellationToken.None));
    }

    private static async Task<string> RewriteAsync(string address, AddressUse use)
    {
        var book = Book.Open(settings => settings with { RecipientDelimiter = "+", MyOrigin = "corp.test", Rewriting = Tables });
        return (await book.Rewriting.RewriteAsync(Address.FromInternal(address), use, CancellationToken.None)).ToString();
    }
}
