using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("example.test", true)]
    [InlineData("under_score.test", true)]
    [InlineData("1.2.3.4f", true)]
    [InlineData("a", true)]
    [InlineData("", false)]
    [InlineData("a..b", false)]
    [InlineData(".a", false)]
    [InlineData("a.", false)]
    [InlineData("a-.b", false)]
    [InlineData("-a.b", false)]
    [InlineData("1.2.3.4", false)]
    [InlineData("a b", false)]
    [InlineData("ä.test", false)]
    [InlineData("a!b.test", false)]
    public void Host_names(string name, bool expected) => Assert.Equal(expected, HostName.IsValid(name));

    [Fact]
    public void A_label_has_63_characters_and_a_name_255()
    {
        Assert.True(HostName.IsValid(new string('a', 63)));
        Assert.False(HostName.IsValid(new string('a', 64)));
        var longest = string.Join('.', Enumerable.Repeat(new string('a', 63), 4));
        Assert.True(HostName.IsValid(longest));
        Assert.False(HostName.IsValid("a." + longest));
    }

    [Theory]
    [InlineData("[192.0.2.1]", true)]
    [InlineData("[IPv6:2001:db8::1]", true)]
    [InlineData("[ipv6:::]", true)]
    [InlineData("[2001:db8::1]", false)]
    [InlineData("[192.0.2.256]", false)]
    [InlineData("[192.0.2]", false)]
    [InlineData("[0x7f.0.0.1]", false)]
    [InlineData("[]", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("[IPv6:fe80::1%eth0]", false)]
    public void Address_literals(string text, bool expected) => Assert.Equal(expected, HostName.IsLiteral(text));

    [Theory]
    [InlineData("a.b.", "a.b")]
    [InlineData("a.b..", "a.b..")]
    [InlineData("a.b", "a.b")]
    [InlineData(".", ".")]
    public void The_closing_dot_may_be_left_out(string name, string expected) => Assert.Equal(expected, HostName.WithoutRoot(name).ToString());
}
