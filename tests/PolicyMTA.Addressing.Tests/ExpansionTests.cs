using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

public sealed class ExpansionTests
{
    [Theory]
    [InlineData("alice@example.test", "alice@example.test")]
    [InlineData("nobody-here@example.test", "nobody-here@example.test")]
    [InlineData("sales@example.test", "alice@example.test bob@example.test")]
    [InlineData("nested@example.test", "alice@example.test bob@example.test")]
    [InlineData("forward@example.test", "someone@remote.test")]
    [InlineData("whoever@catchall.test", "bob@example.test")]
    [InlineData("dave@catchall.test", "dave@catchall.test")]
    [InlineData("sales@moved.test", "alice@example.test bob@example.test")]
    [InlineData("local@example.test", "bob@example.test")]
    [InlineData("someone@remote.test", "someone@remote.test")]
    [InlineData("sales", "alice@example.test bob@example.test")]
    [InlineData("x%remote.test", "x@remote.test")]
    public async Task Aliases_are_followed_to_their_ends(string alias, string targets) =>
        Assert.Equal(targets.Split(' '), await Book.Open().Expand(alias));

    [Fact]
    public async Task Unknown_address_keeps_its_case() => Assert.Equal(["Joe@Remote.Test"], await Book.Open().Expand("Joe@Remote.Test"));

    [Fact]
    public async Task Loop_is_too_much() =>
        Assert.IsType<AliasExpansion.TooMuch>(await Book.Open().ExpandAsync(Address.FromInternal("loop1@example.test"), CancellationToken.None));

    [Fact]
    public async Task Alias_of_more_addresses_than_the_limit_is_too_much()
    {
        var table = new FakeTable(("all@example.test", string.Join(',', Enumerable.Range(0, 11).Select(n => $"u{n}@example.test"))));
        var book = Book.Open(settings => settings with { VirtualAliasMaps = [table], VirtualAliasExpansionLimit = 10 });
        Assert.IsType<AliasExpansion.TooMuch>(await book.ExpandAsync(Address.FromInternal("all@example.test"), CancellationToken.None));
        book = Book.Open(settings => settings with { VirtualAliasMaps = [table], VirtualAliasExpansionLimit = 11 });
        Assert.Equal(11, (await book.Expand("all@example.test")).Length);
    }

    [Fact]
    public async Task Alias_that_grows_for_ever_ends()
    {
        var book = Book.Open(settings => settings with { VirtualAliasMaps = [new FakeTable(("a@example.test", "a@example.test b@example.test"), ("b@example.test", "c@example.test b2@example.test"), ("b2@example.test", "b@example.test"))] });
        Assert.IsType<AliasExpansion.TooMuch>(await book.ExpandAsync(Address.FromInternal("a@example.test"), CancellationToken.None));
    }

    [Fact]
    public async Task Extension_that_no_key_holds_goes_on_to_the_targets()
    {
        var table = new FakeTable(("info@example.test", "alice@example.test, bob@remote.test"), ("info+full@example.test", "bob@example.test"), ("@old.test", "@new.test"), ("@catch.test", "all@new.test"));
        var book = Book.Open(settings => settings with { VirtualAliasMaps = [table], RecipientDelimiter = "+" });
        Assert.Equal(["alice+x@example.test", "bob+x@remote.test"], await book.Expand("info+x@example.test"));
        Assert.Equal(["bob@example.test"], await book.Expand("info+full@example.test"));
        Assert.Equal(["joe+x@new.test"], await book.Expand("joe+x@old.test"));
        Assert.Equal(["all@new.test"], await book.Expand("joe+x@catch.test"));
    }

    [Fact]
    public async Task Targets_may_be_quoted_or_in_brackets()
    {
        var book = Book.Open(settings => settings with { VirtualAliasMaps = [new FakeTable(("a@example.test", "<b@example.test>,\"c d\"@example.test"))] });
        Assert.Equal(["b@example.test", "c d@example.test"], await book.Expand("a@example.test"));
    }

    [Fact]
    public async Task Broken_alias_table_is_a_temporary_failure()
    {
        var book = Book.Open(settings => settings with { VirtualAliasMaps = [new FakeTable { Failure = "down" }] });
        await Assert.ThrowsAsync<TemporaryFailureException>(async () => await book.Expand("a@example.test"));
    }
}
