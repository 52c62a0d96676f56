using PolicyMTA.Delivery.Local;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Local;

/// <summary>The macros of <c>forward_path</c> and its like.</summary>
public sealed class LocalMacrosTests
{
    private static readonly LocalRecipient Plain = new(new Address("Alice", "d.test"), "alice", "alice", null, "");
    private static readonly LocalRecipient Extended = new(new Address("Alice+L;x", "d.test"), "alice+l;x", "alice", "l;x", "+");
    private static readonly UserAccount Account = new("alice", 1, 1, "/home/alice", "/bin/sh");

    [Theory]
    [InlineData("$home/.forward", "/home/alice/.forward", false)]
    [InlineData("$home/.forward${recipient_delimiter}${extension}", "/home/alice/.forward+l_x", true)]
    [InlineData("/var/forward/$(user)", "/var/forward/alice", false)]
    [InlineData("$local at $domain by $shell, $$1", "Alice+L_x at d.test by /bin/sh, $1", false)]
    [InlineData("$recipient $mailbox", "Alice+L_x@d.test Alice+L_x", false)]
    [InlineData("${extension?with}${extension:without}", "with", true)]
    [InlineData("${extension?{<$extension>}:{none}}", "<l_x>", true)]
    public void Macros_are_filled_in(string text, string expected, bool usedExtension)
    {
        var macros = new LocalMacros(Extended, Account, LocalSettings.SafeCharacters);
        Assert.True(macros.TryExpand(text, out var expanded));
        Assert.Equal((expected, usedExtension), (expanded, macros.UsedExtension));
    }

    [Theory]
    [InlineData("$home/.forward${recipient_delimiter}${extension}", false)]
    [InlineData("$home/${extension?{x}:{y}}", true)]
    [InlineData("$home/${extension:y}", true)]
    public void Path_with_a_macro_that_has_no_value_is_no_path(string text, bool expected) => Assert.Equal(expected, new LocalMacros(Plain, Account, null).TryExpand(text, out _));

    [Theory]
    [InlineData("$nothing", "there is no macro 'nothing'")]
    [InlineData("${user", "it lacks a closing '}'")]
    [InlineData("$(user", "it lacks a closing ')'")]
    [InlineData("a $ b", "it has a '$' without a name")]
    [InlineData("${?x}", "'?x' is no macro")]
    [InlineData("${user?{x} y}", "'y' stands where ':' should")]
    [InlineData("$user@${domain}, ${extension?+$extension}", null)]
    [InlineData("", null)]
    public void Mistakes_are_found_when_the_configuration_is_read(string text, string? mistake) => Assert.Equal(mistake, LocalTemplates.FindMistake(text));

    [Fact]
    public void Any_text_is_expanded_or_refused()
    {
        const string Alphabet = "$${}{}()?:user extension";
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            try { new LocalMacros(Extended, Account, LocalSettings.SafeCharacters).TryExpand(text, out _); }
            catch (FormatException) { }
        }
        Assert.Contains("nested", LocalTemplates.FindMistake(string.Concat(Enumerable.Repeat("${user?{", 20)) + string.Concat(Enumerable.Repeat("}}", 20))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice", "alice", null)]
    [InlineData("Alice+X+y", "alice", "x+y")]
    [InlineData("alice+a/b", "alice", null)]
    [InlineData("+x", "+x", null)]
    [InlineData("alice+", "alice+", null)]
    [InlineData("owner-list", "owner-list", null)]
    [InlineData("postmaster+x", "postmaster", "x")]
    [InlineData("postmaster", "postmaster", null)]
    public void Name_is_parted_from_its_extension(string local, string user, string? extension)
    {
        var recipient = LocalRecipient.Of(new Address(local, "d.test"), new Support.FakeClasses(("d.test", AddressClass.Local)).With("+"));
        Assert.Equal((user, extension), (recipient.User, recipient.Extension));
    }

    [Fact]
    public void Destination_is_read_as_it_was_written_and_nothing_else_is_one()
    {
        var destination = new LocalDestination { Command = "a \"b\" :{}", User = "alice", Delivered = "x@y" };
        Assert.True(LocalDestination.TryRead(destination.ToRoute(), out var again));
        Assert.Equal(destination, again);
        Assert.All((string?[])[null, "", "local:", "local:x", "local:{", "local:{}", "local:null", "smtp:{\"command\":\"x\"}"], route => Assert.False(LocalDestination.TryRead(route, out _)));
    }
}
