using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

/// <summary>What comes back to the senders of forwarded mail.</summary>
public sealed class ForwardedSendersTests
{
    private static readonly ForwardedSenders Senders = new(["a secret of ours"], "example.test", 21, TimeProvider.System);

    [Theory]
    [InlineData("joe@far.test")]
    [InlineData("joe%sales@far.test")]
    [InlineData("far!joe@far.test")]
    [InlineData("joe+x@far.test")]
    [InlineData("SRS0=abcd=AB=first.test=joe@far.test")]
    public async Task Sender_of_ours_is_known_and_becomes_whom_it_stands_for(string sender)
    {
        var book = Open();
        var ours = Senders.Rewrite(Address.FromInternal(sender));
        Assert.Equal("example.test", ours.Domain);
        Assert.Equal(AddressClass.VirtualMailbox, await book.ClassifyAsync(ours, CancellationToken.None));
        Assert.True((await book.ValidateAsync(ours, CancellationToken.None)).IsKnown);
        Assert.Equal([sender], await book.Expand((await book.Rewriting.RewriteAsync(ours, AddressUse.EnvelopeRecipient, CancellationToken.None)).ToString()));
    }

    [Fact]
    public async Task Whom_it_stands_for_may_be_an_alias()
    {
        var ours = new SenderRewriting(["a secret of ours"], 21, TimeProvider.System).Rewrite(Address.FromInternal("sales@example.test"), "example.test");
        Assert.Equal(["alice@example.test", "bob@example.test"], await Open().Expand(ours.ToString()));
    }

    [Theory]
    [InlineData("SRS0=aaaa=AB=far.test=joe@example.test")]
    [InlineData("srs0=x@example.test")]
    [InlineData("SRS1=aaaa=far.test==aaaa=AB=far.test=joe@example.test")]
    [InlineData("SRS0+bob@example.test")]
    [InlineData("SRS0=aaaa=AB=far.test=joe%elsewhere.test@example.test")]
    public async Task Address_that_nobody_here_made_is_unknown(string address)
    {
        var book = Open(settings => settings with { RecipientDelimiter = "+", VirtualMailboxMaps = [new FakeTable(("@example.test", "everybody"), ("srs0@example.test", "x"))] });
        var status = await book.ValidateAsync(Address.FromInternal(address), CancellationToken.None);
        Assert.Equal((false, "sender rewriting scheme"), (status.IsKnown, status.Table));
        // Nothing in it is a way to somebody else.
        Assert.Equal([address], await book.Expand(address));
    }

    [Fact]
    public async Task Old_address_is_unknown()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        var senders = new ForwardedSenders(["a secret of ours"], "example.test", 21, time);
        var (book, ours) = (Open(settings => settings with { ForwardedSenders = senders }), senders.Rewrite(new Address("joe", "far.test")));
        time.Advance(TimeSpan.FromDays(21));
        Assert.True((await book.ValidateAsync(ours, CancellationToken.None)).IsKnown);
        time.Advance(TimeSpan.FromDays(1));
        Assert.False((await book.ValidateAsync(ours, CancellationToken.None)).IsKnown);
    }

    [Fact]
    public async Task Domain_need_not_be_ours_otherwise_and_others_keep_their_names()
    {
        var senders = new ForwardedSenders(["a secret of ours"], "srs.test", 21, TimeProvider.System);
        var book = Open(settings => settings with { ForwardedSenders = senders });
        Assert.Equal(AddressClass.VirtualAlias, await book.ClassifyAsync(senders.Rewrite(new Address("joe", "far.test")), CancellationToken.None));
        Assert.Equal(AddressClass.Default, await book.ClassifyAsync(new Address("joe", "srs.test"), CancellationToken.None));
        Assert.Equal(AddressClass.Default, await book.ClassifyAsync(Address.FromInternal("SRS0=aaaa=AB=far.test=joe@other.test"), CancellationToken.None));
        Assert.Equal("joe@srs.test", senders.Rewrite(new Address("joe", "srs.test")).ToString());
    }

    private static AddressBook Open(Func<AddressBookSettings, AddressBookSettings>? change = null) => Book.Open(settings => (change ?? (same => same))(settings with { ForwardedSenders = Senders, RecipientDelimiter = "+" }));
}
