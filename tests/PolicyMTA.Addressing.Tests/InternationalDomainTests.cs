using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

public sealed class InternationalDomainTests
{
    [Theory]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData(".bücher.example", ".xn--bcher-kva.example")]
    [InlineData("Plain.example", "Plain.example")]
    [InlineData("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]")]
    [InlineData("a..ü", "a..ü")]
    [InlineData("", "")]
    public void The_ascii_form_is_found(string domain, string ascii) => Assert.Equal(ascii, InternationalDomain.ToAscii(domain));

    [Theory]
    [InlineData("xn--bcher-kva.example", "bücher.example")]
    [InlineData("mail.XN--BCHER-KVA.example", "mail.bücher.example")]
    [InlineData("plain.example", null)]
    [InlineData("xn--.example", null)]
    [InlineData("xn--99999999999.example", null)]
    public void The_unicode_form_is_found(string domain, string? unicode) => Assert.Equal(unicode, InternationalDomain.FindUnicode(domain), ignoreCase: true);

    [Fact]
    public void No_text_breaks_it()
    {
        var random = new Random(8689);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(4) == 0 ? (char)random.Next(0x10000) : "xn--.ab-"[random.Next(8)]));
            InternationalDomain.ToAscii(text);
            InternationalDomain.FindUnicode(text);
        }
    }

    [Theory]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("xn--bcher-kva.example", "bücher.example")]
    public async Task Both_forms_are_one_domain_in_lists_and_tables(string configured, string asked)
    {
        foreach (var list in new[] { DomainList.Of(configured), DomainList.Of([new FakeTable((configured, "yes"))]) })
        {
            var book = Book.Open(s => s with { VirtualMailboxDomains = list, VirtualMailboxMaps = [new FakeTable(($"alice@{configured}", "alice/"))] });
            var alice = book.Complete(new Address("alice", asked));
            Assert.Equal("xn--bcher-kva.example", alice.Domain);
            Assert.Equal(AddressClass.VirtualMailbox, await book.ClassifyAsync(new Address("alice", asked), CancellationToken.None));
            Assert.True((await book.ValidateAsync(alice, CancellationToken.None)).IsKnown);
            Assert.False((await book.ValidateAsync(alice with { Local = "bob" }, CancellationToken.None)).IsKnown);
        }
    }
}
