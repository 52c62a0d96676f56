using System.Net;
using PolicyMTA.Configuration;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Configuration;

public sealed class ListenAddressesTests
{
    private static string Parse(string address, string interfaces = "all", string protocols = "all", string hosts = "/nowhere")
    {
        var given = new Dictionary<string, ParameterValue>
        {
            ["inet_interfaces"] = new(interfaces, null, default, default),
            ["inet_protocols"] = new(protocols, null, default, default),
        };
        var found = new ListenAddresses(Parameters.Create("/srv", ConfigurationKeys.Parameters, given), hosts).Parse(address);
        return string.Join(' ', found.Select(e => e is OnlyIpv6EndPoint ? $"only {e}" : e.ToString()));
    }

    [Theory]
    [InlineData("all", "all", "[::]:25")]
    [InlineData("all", "ipv4", "0.0.0.0:25")]
    [InlineData("all", "ipv6", "only [::]:25")]
    [InlineData("all", "ipv4, ipv6", "[::]:25")]
    [InlineData("loopback-only", "all", "127.0.0.1:25 [::1]:25")]
    [InlineData("loopback-only", "ipv6", "[::1]:25")]
    [InlineData("192.0.2.1, [2001:db8::1] 192.0.2.1", "all", "192.0.2.1:25 [2001:db8::1]:25")]
    public void Every_address_is_what_interfaces_and_protocols_say(string interfaces, string protocols, string addresses) => Assert.Equal(addresses, Parse(":25", interfaces, protocols));

    [Theory]
    [InlineData("192.0.2.1", "ipv6", "inet_interfaces: no address is left of what inet_protocols allows")]
    [InlineData("all", "ipv5", "inet_protocols: 'ipv5' is none of all, ipv4, ipv6")]
    [InlineData("mx.example.test", "all", "inet_interfaces: 'mx.example.test' is no address and /nowhere does not know it")]
    [InlineData("all, 127.0.0.1", "all", "inet_interfaces: 'all' stands alone")]
    public void What_makes_no_sense_is_refused(string interfaces, string protocols, string error) =>
        Assert.Equal(error, Assert.Throws<ConfigurationException>(() => Parse(":25", interfaces, protocols)).Message);

    [Fact]
    public void A_name_is_one_of_the_hosts_file()
    {
        using var folder = new TemporaryFolder();
        var hosts = Path.Combine(folder.Path, "hosts");
        File.WriteAllText(hosts, "# comment\n192.0.2.7\tother mx.example.test # more\n2001:db8::7 MX.example.test\n");
        Assert.Equal("192.0.2.7:25 [2001:db8::7]:25", Parse(":25", "mx.example.test", hosts: hosts));
    }

    [Theory]
    [InlineData("127.0.0.1:25", "127.0.0.1:25")]
    [InlineData("systemd:smtp", "systemd:smtp")]
    [InlineData("systemd:smtp#2", "systemd:smtp#2")]
    [InlineData("unix:run/smtp", "/srv/run/smtp")]
    [InlineData("systemd:", "")]
    [InlineData("systemd:#1", "")]
    [InlineData("systemd:a#0", "")]
    [InlineData("systemd:a#x", "")]
    [InlineData("unix:", "")]
    [InlineData("25", "")]
    [InlineData("::1:25", "")]
    public void Other_addresses_stand_for_themselves(string text, string address) => Assert.Equal(address, Parse(text, "loopback-only"));

    [Theory]
    [InlineData("host", "127.0.0.1/32, 172.20.3.4/32, 198.51.100.77/32, [2001:db8::17]/128")]
    [InlineData("subnet", "127.0.0.0/8, 172.20.3.0/24, 198.51.100.64/26, [2001:db8::]/64")]
    [InlineData("class", "127.0.0.0/8, 172.20.0.0/16, 198.51.100.0/24, [2001:db8::]/64")]
    public void The_machines_own_networks_are_as_the_style_wants_them(string style, string networks) => Assert.Equal(networks, OwnNetworks.Of(
        [(IPAddress.Parse("127.0.0.1"), 8), (IPAddress.Parse("172.20.3.4"), 24), (IPAddress.Parse("198.51.100.77"), 26), (IPAddress.Parse("2001:db8::17"), 64)], style));

    [Fact]
    public void Networks_that_are_given_count_alone_even_when_they_are_none()
    {
        var none = Parameters.Create("/srv", ConfigurationKeys.Parameters, new Dictionary<string, ParameterValue> { ["mynetworks"] = new("", null, default, default) });
        Assert.False(none.Networks("mynetworks").Contains(IPAddress.Loopback));
        var own = Parameters.Create("/srv", ConfigurationKeys.Parameters, new Dictionary<string, ParameterValue>());
        Assert.True(own.Networks("mynetworks").Contains(IPAddress.Loopback));
        Assert.False(own.Networks("mynetworks").Contains(IPAddress.Parse("203.0.113.1")));
    }
}
