using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing.Tests;

public sealed class HeaderAddressesTests
{
    private const int Limit = 10_240;

    private static readonly AddressBook Local = Book.Open(settings => settings with
    {
        MyOrigin = "ours.test",
        Rewriting = new RewritingSettings { CanonicalMaps = [new FakeTable(("joe@ours.test", "joe.user@ours.test"), ("jürgen@ours.test", "juergen@ours.test"))] },
    });

    [Theory]
    [InlineData(" joe", " joe.user@ours.test")]
    [InlineData(" joe (Joe)", " joe.user@ours.test (Joe)")]
    [InlineData(" \"User, Joe\" <joe>, ann@x.test", " \"User, Joe\" <joe.user@ours.test>, ann@x.test")]
    [InlineData(" =?utf-8?q?J=C3=BC?=\r\n <joe@ours.test>", " =?utf-8?q?J=C3=BC?=\r\n <joe.user@ours.test>")]
    [InlineData(" friends: joe, ann;", " friends: joe.user@ours.test, ann@ours.test;")]
    [InlineData(" ann%x.test, x.test!ann", " ann@x.test, ann@x.test")]
    [InlineData(" <@a.test,@b.test:ann@x.test>", " <ann@x.test>")]
    [InlineData(" ann@x.test.", " ann@x.test")]
    [InlineData(" joe ann", " joe.user@ours.test, ann@ours.test")]
    [InlineData(" \"joe\"@ours.test", " joe.user@ours.test")]
    [InlineData(" joe (a) @ (b) ours.test", " joe.user@ours.test (a) (b)")]
    [InlineData(" \"a b\"", " \"a b\"@ours.test")]
    public async Task Addresses_are_completed_and_mapped(string value, string expected) => Assert.Equal(expected, await RewriteAsync(value));

    [Theory]
    [InlineData(" ann@x.test")]
    [InlineData(" Joe User  <ann@x.test>\t(x) ,b@y.test")]
    [InlineData(" undisclosed-recipients:;")]
    [InlineData(" <>")]
    [InlineData("")]
    [InlineData(" ann @ x.test")]
    [InlineData(" <ann")]
    [InlineData(" \u00fc\u00ff@x")] // no UTF-8
    public async Task Field_in_which_no_address_changes_stays_byte_for_byte(string value) => Assert.Null(await HeaderAddresses.RewriteAsync(value, Local.Rewriting, AddressUse.HeaderSender, RewriteContext.Local, Limit, CancellationToken.None));

    [Fact]
    public async Task Tables_are_asked_in_unicode()
    {
        var bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(" jürgen@ours.test"));
        Assert.Equal(" juergen@ours.test", await RewriteAsync(bytes));
    }

    [Fact]
    public async Task Behind_the_token_limit_addresses_stay()
    {
        Assert.Equal(" joe.user@ours.test, ann@ours.test", await HeaderAddresses.RewriteAsync(" joe, ann", Local.Rewriting, AddressUse.HeaderSender, RewriteContext.Local, 4, CancellationToken.None));
        Assert.Equal(" joe.user@ours.test, ann", await HeaderAddresses.RewriteAsync(" joe, ann", Local.Rewriting, AddressUse.HeaderSender, RewriteContext.Local, 3, CancellationToken.None));
    }

    [Fact]
    public async Task Whatever_a_field_holds_it_is_rewritten_once_and_for_all()
    {
        var random = new Random(5);
        const string Alphabet = "joean@@..,,<>()\"\\:;%![] \t\r\n\u00c3\u00bc";
        for (var n = 0; n < 20_000; n++)
        {
            var value = new string(random.GetItems<char>(Alphabet, random.Next(0, 40)));
            if (await HeaderAddresses.RewriteAsync(value, Local.Rewriting, AddressUse.HeaderSender, RewriteContext.Local, Limit, CancellationToken.None) is not { } once) continue;
            Assert.True(once.Count(c => c == '\n') <= value.Count(c => c == '\n'), "a rewritten field has no line that was not there");
        }
    }

    private static async Task<string> RewriteAsync(string value) => await HeaderAddresses.RewriteAsync(value, Local.Rewriting, AddressUse.HeaderSender, RewriteContext.Local, Limit, CancellationToken.None) ?? value;
}
