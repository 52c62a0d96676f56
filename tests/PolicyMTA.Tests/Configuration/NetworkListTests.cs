using System.Net;
using PolicyMTA.Addressing;

namespace PolicyMTA.Tests.Configuration;

public sealed class NetworkListTests
{
    [Theory]
    [InlineData("127.0.0.0/8", "127.255.255.255", true)]
    [InlineData("127.0.0.0/8", "128.0.0.0", false)]
    [InlineData("127.0.0.0/8", "::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.0/8", "::1", false)]
    [InlineData("[::1]/128", "::1", true)]
    [InlineData("2001:db8::/32", "2001:db8:1::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("!192.0.2.7 192.0.2.0/24", "192.0.2.7", false)]
    [InlineData("!192.0.2.7 192.0.2.0/24", "192.0.2.8", true)]
    [InlineData("", "127.0.0.1", false)]
    public void An_address_is_in_the_first_network_that_holds_it(string list, string address, bool isIn)
    {
        Assert.True(NetworkList.TryParse(list.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var networks, out _));
        Assert.Equal(isIn, networks.Contains(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("192.0.2.1/24", "'192.0.2.1/24' has bits set behind its /24")]
    [InlineData("2001:db8::1/32", "'2001:db8::1/32' has bits set behind its /32")]
    [InlineData("10", null)]
    [InlineData("10.1", null)]
    [InlineData("010.0.0.0/8", null)]
    [InlineData("10.0.0.0/33", null)]
    [InlineData("10.0.0.0/-1", null)]
    [InlineData("10.0.0.0/", null)]
    [InlineData("fe80::1%eth0", null)]
    [InlineData("example.test", null)]
    public void What_is_no_network_is_refused(string text, string? error)
    {
        Assert.False(NetworkList.TryParse([text], out _, out var told));
        Assert.Equal(error ?? $"'{text}' is no network: write 192.0.2.0/24 or [2001:db8::]/32", told);
    }
}
