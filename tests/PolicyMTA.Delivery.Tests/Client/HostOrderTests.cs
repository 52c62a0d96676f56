using System.Net;
using PolicyMTA.Delivery.Client;
using PolicyMTA.Delivery.Routing;
using PolicyMTA.Delivery.Tests.Support;

namespace PolicyMTA.Delivery.Tests.Client;

/// <summary>Which addresses a next hop has, in which order, and that none of them is us (RFC 5321 §5.1).</summary>
public sealed class HostOrderTests
{
    private static readonly DeliverySettings AtHome = Office.Settings() with { OwnAddresses = new HashSet<IPAddress> { IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1") } };

    [Theory]
    [InlineData(AddressPreference.Ipv4, "192.0.2.7")]
    [InlineData(AddressPreference.Ipv6, "2001:db8::7")]
    public async Task Preferred_family_is_first_and_the_other_one_behind_it(AddressPreference preference, string first)
    {
        var dns = new FakeDns().Mx("d.test", 10, "mx.test").Address("mx.test", "192.0.2.7").Address("mx.test", "2001:db8::7");
        for (var i = 0; i < 20; i++)
        {
            var found = await FindAsync(dns, new ClientSettings { AddressPreference = preference });
            Assert.Equal(2, found.Count);
            Assert.Equal(first, found[0]);
        }
    }

    [Fact]
    public async Task Either_family_may_be_first_when_none_is_preferred()
    {
        var dns = new FakeDns().Address("d.test", "192.0.2.7").Address("d.test", "2001:db8::7");
        var firsts = new HashSet<string>();
        for (var i = 0; i < 50; i++) firsts.Add((await FindAsync(dns, new ClientSettings(), random: new Random(i)))[0]);
        Assert.Equal(2, firsts.Count);
    }

    [Fact]
    public async Task Order_of_dns_stays_when_it_is_not_to_be_shuffled()
    {
        var dns = new FakeDns();
        for (var i = 2; i < 7; i++) dns.Address("d.test", $"192.0.2.{i}");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(["192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"], await FindAsync(dns, new ClientSettings { RandomizesAddresses = false }, random: new Random(i)));
        }
    }

    [Fact]
    public async Task Preference_counts_more_than_chance_and_family()
    {
        var dns = new FakeDns().Mx("d.test", 20, "b.test").Mx("d.test", 10, "a.test").Address("b.test", "2001:db8::7").Address("a.test", "192.0.2.7");
        for (var i = 0; i < 20; i++) Assert.Equal(["192.0.2.7", "2001:db8::7"], await FindAsync(dns, new ClientSettings { AddressPreference = AddressPreference.Ipv6 }, random: new Random(i)));
    }

    [Fact]
    public async Task Limit_does_not_cut_off_the_other_family()
    {
        var dns = new FakeDns().Address("d.test", "192.0.2.7");
        for (var i = 2; i < 12; i++) dns.Address("d.test", $"2001:db8::{i}");
        var found = await FindAsync(dns, new ClientSettings { AddressPreference = AddressPreference.Ipv6, MxAddressLimit = 5 });
        Assert.Contains("192.0.2.7", found.Take(5));
        Assert.Equal("192.0.2.7", found[4]);
    }

    [Theory]
    [InlineData(true, false, "192.0.2.7")]
    [InlineData(false, true, "2001:db8::7")]
    public async Task Protocol_that_is_off_is_not_used(bool ipv4, bool ipv6, string address)
    {
        var dns = new FakeDns().Address("d.test", "192.0.2.7").Address("d.test", "2001:db8::7");
        Assert.Equal([address], await FindAsync(dns, new ClientSettings(), AtHome with { UsesIpv4 = ipv4, UsesIpv6 = ipv6 }));
    }

    [Fact]
    public async Task Mx_at_our_own_address_and_those_behind_it_are_left_out()
    {
        var dns = new FakeDns().Mx("d.test", 10, "better.test").Mx("d.test", 20, "alias.test").Mx("d.test", 20, "equal.test").Mx("d.test", 30, "worse.test")
            .Address("better.test", "192.0.2.7").Address("alias.test", "192.0.2.1").Address("equal.test", "192.0.2.8").Address("worse.test", "192.0.2.9");
        Assert.Equal(["192.0.2.7"], await FindAsync(dns, new ClientSettings()));
    }

    [Theory]
    [InlineData("mx.test", 25, true)]
    [InlineData("mx6.test", 25, true)]
    [InlineData("mx.test", 10025, false)] // a content filter
    [InlineData("192.0.2.1", 25, true)]
    [InlineData("192.0.2.2", 25, false)]
    public async Task Host_that_is_ourselves_is_a_loop(string host, int port, bool loops)
    {
        var dns = new FakeDns().Address("mx.test", "192.0.2.1").Address("mx6.test", "2001:db8::1");
        var search = await new HostFinder(dns, new Random(1)).FindAsync(new NextHop.Host(host, port), AtHome, new ClientSettings(), CancellationToken.None);
        Assert.Equal(loops, search is HostSearch.NotFound { Status: { Class: 5, Subject: 4, Detail: 6 } });
        if (search is HostSearch.NotFound lost) Assert.Equal($"mail for {host} loops back to myself", lost.Text);
    }

    [Fact]
    public async Task We_are_only_the_second_best_and_the_best_is_lost()
    {
        var dns = new FakeDns().Mx("d.test", 10, "gone.test").Mx("d.test", 20, "us.test").Address("us.test", "192.0.2.1");
        var search = Assert.IsType<HostSearch.NotFound>(await new HostFinder(dns, new Random(1)).FindAsync(new NextHop.Domain("d.test", 25), AtHome, new ClientSettings(), CancellationToken.None));
        Assert.Equal(("4.4.4", "unable to find primary relay for d.test"), (search.Status.ToString(), search.Text));
    }

    [Fact]
    public async Task We_are_the_best()
    {
        var dns = new FakeDns().Mx("d.test", 10, "us.test").Mx("d.test", 20, "other.test").Address("us.test", "192.0.2.1").Address("other.test", "192.0.2.7");
        var search = Assert.IsType<HostSearch.NotFound>(await new HostFinder(dns, new Random(1)).FindAsync(new NextHop.Domain("d.test", 25), AtHome, new ClientSettings(), CancellationToken.None));
        Assert.Equal(("5.4.6", "mail for d.test loops back to myself"), (search.Status.ToString(), search.Text));
    }

    [Fact]
    public async Task Domain_with_hundreds_of_hosts_costs_few_questions()
    {
        var dns = new FakeDns();
        for (var i = 0; i < 200; i++) dns.Mx("d.test", 10, $"h{i}.test").Address($"h{i}.test", $"192.0.2.{i % 200 + 2}");
        Assert.Equal(30, (await FindAsync(dns, new ClientSettings())).Count);
    }

    private static async Task<List<string>> FindAsync(FakeDns dns, ClientSettings client, DeliverySettings? settings = null, Random? random = null)
    {
        var search = await new HostFinder(dns, random ?? new Random(1)).FindAsync(new NextHop.Domain("d.test", 25), settings ?? AtHome, client, CancellationToken.None);
        return [.. Assert.IsType<HostSearch.Found>(search).Destinations.Select(d => ((IPEndPoint)d.EndPoint).Address.ToString())];
    }
}
