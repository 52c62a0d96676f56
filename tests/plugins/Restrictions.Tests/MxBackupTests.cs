using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

public sealed class MxBackupTests
{
    private readonly RestrictionBench _bench = new();

    public MxBackupTests()
    {
        var services = _bench.Services;
        services.Values["inet_interfaces"] = "192.0.2.25";
        services.Domains["mx.example.test"] = AddressClass.Local;
        services.Domains["relayed.test"] = AddressClass.Relay;
        services.Zone.Add("mx.example.test", "192.0.2.25");
        services.Zone.Add("alias.test", "192.0.2.25");
        services.Zone.Add("outside.test", "203.0.113.25");
        services.Zone.Add("first.test", "198.51.100.1", "2001:db8:1::1");
        services.Zone.AddMx("byname.test", "first.test", "mx.example.test");
        services.Zone.AddMx("byaddress.test", "first.test", "alias.test");
        services.Zone.AddMx("byproxy.test", "first.test", "outside.test");
        services.Zone.AddMx("ours-first.test", "mx.example.test", "first.test");
        services.Zone.AddMx("only-us.test", "mx.example.test");
        services.Zone.AddMx("null.test", "");
        services.Zone.AddMx("lost-first.test", "lost.test", "mx.example.test");
        services.Zone.AddMx("lost-second.test", "first.test", "lost.test");
        services.Zone.Break("broken.test");
        services.Zone.Break("slow.test");
        services.Zone.AddMx("slow-first.test", "slow.test", "alias.test");
    }

    [Theory]
    [InlineData("x@relayed.test", "permit")]
    [InlineData("x@byname.test", "permit")]
    [InlineData("x@byaddress.test", "permit")]
    [InlineData("x@byproxy.test", "dunno")]
    [InlineData("x@ours-first.test", "dunno")]
    [InlineData("x@only-us.test", "dunno")]
    [InlineData("x@null.test", "dunno")]
    [InlineData("x@nowhere.test", "dunno")]
    [InlineData("x@first.test", "dunno")]
    [InlineData("x@[192.0.2.25]", "dunno")]
    [InlineData("x%victim.test@byname.test", "dunno")]
    [InlineData("x@victim.test@byname.test", "dunno")]
    [InlineData("victim.test!x@byname.test", "dunno")]
    [InlineData("x@lost-first.test", "permit")]
    [InlineData("x@broken.test", "if reject 450 4.4.4 <x@broken.test>: Recipient address rejected: Unable to look up mail exchanger information: Host not found, try again")]
    [InlineData("x@lost-second.test", "if reject 450 4.4.4 <x@lost-second.test>: Recipient address rejected: Unable to look up mail exchanger host lost.test: Host not found")]
    public async Task Mail_for_domains_that_name_us_second_is_permitted(string recipient, string expected) => Assert.Equal(expected, await AskAsync(recipient));

    [Fact]
    public async Task Proxies_are_ours()
    {
        _bench.Services.Values["proxy_interfaces"] = "203.0.113.25";
        Assert.Equal("permit", await AskAsync("x@byproxy.test"));
    }

    [Fact]
    public async Task Routes_may_be_allowed()
    {
        _bench.Services.Values["allow_untrusted_routing"] = "yes";
        Assert.Equal("permit", await AskAsync("x%victim.test@byname.test"));
    }

    [Theory]
    [InlineData("198.51.100.0/24", "dunno")]
    [InlineData("198.51.100.0/24 2001:db8:1::/48", "permit")]
    [InlineData("198.51.100.1, [2001:db8:1::1]", "permit")]
    [InlineData("!198.51.100.1 0.0.0.0/0 ::/0", "dunno")]
    [InlineData("0.0.0.0/0 [::]/0", "permit")]
    public async Task The_first_may_have_to_be_in_our_networks(string networks, string expected)
    {
        _bench.Services.Values["permit_mx_backup_networks"] = networks;
        Assert.Equal(expected, await AskAsync("x@byname.test"));
    }

    [Fact]
    public async Task First_server_that_cannot_be_looked_up_is_in_no_network()
    {
        _bench.Services.Values["permit_mx_backup_networks"] = "0.0.0.0/0";
        Assert.Equal("if reject 450 4.4.4 <x@slow-first.test>: Recipient address rejected: Unable to look up mail exchanger host slow.test: Host not found, try again", await AskAsync("x@slow-first.test"));
    }

    [Theory]
    [InlineData("192.0.2.0/33")]
    [InlineData("mx.example.test")]
    [InlineData("hash:networks")]
    public void Networks_that_are_none_are_an_error(string networks)
    {
        _bench.Services.Values["permit_mx_backup_networks"] = networks;
        Assert.Throws<ConfigurationException>(() => _bench.Make("permit_mx_backup"));
    }

    private Task<string> AskAsync(string recipient)
    {
        _bench.Recipients = [recipient];
        return _bench.AskAsync("permit_mx_backup");
    }
}
