using System.Globalization;
using System.Net;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>Access by the addresses, mail servers and name servers of a name.</summary>
public sealed class ServerAccessTests
{
    private const string Table = "hash:servers";
    private readonly RestrictionBench _bench = new();

    public ServerAccessTests()
    {
        _bench.Services.Zone.Add("shop.test", "192.0.2.7", "2001:db8::7");
        _bench.Services.Zone.AddMx("shop.test", "mx1.farm.test", "mx2.farm.test");
        _bench.Services.Zone.AddNs("shop.test", "ns.farm.test");
        _bench.Services.Zone.Add("mx1.farm.test", "198.51.100.1");
        _bench.Services.Zone.Add("mx2.farm.test", "198.51.100.2");
        _bench.Services.Zone.Add("ns.farm.test", "198.51.100.53");
        _bench.Services.Zone.Add("bare.test", "203.0.113.9");
        _bench.Services.Zone.Add("www.shop.test", "192.0.2.8");
    }

    [Theory]
    [InlineData("a", "192.0.2.7")]
    [InlineData("a", "192.0.2")]
    [InlineData("a", "2001:db8::7")]
    [InlineData("mx", "mx2.farm.test")]
    [InlineData("mx", "farm.test")]
    [InlineData("mx", "198.51.100.2")]
    [InlineData("ns", "ns.farm.test")]
    [InlineData("ns", "198.51.100.53")]
    public async Task Every_subject_has_the_three_tables(string kind, string key)
    {
        _bench.Client = _bench.Client with { Name = "shop.test", ReverseName = "shop.test" };
        _bench.Helo = "shop.test";
        _bench.Sender = "joe@shop.test";
        _bench.Recipients = ["ann@shop.test"];
        Write(key, "REJECT no");
        Assert.Equal("554 5.7.1 <shop.test[192.0.2.10]>: Client host rejected: no", await AskAsync("client", kind));
        Assert.Equal("554 5.7.1 <shop.test>: Unverified Client host rejected: no", await AskAsync("reverse_client_hostname", kind));
        Assert.Equal("554 5.7.1 <shop.test>: Helo command rejected: no", await AskAsync("helo", kind));
        Assert.Equal("554 5.7.1 <joe@shop.test>: Sender address rejected: no", await AskAsync("sender", kind));
        Assert.Equal("554 5.7.1 <ann@shop.test>: Recipient address rejected: no", await AskAsync("recipient", kind));
    }

    [Fact]
    public async Task Name_is_no_key_of_its_own_addresses()
    {
        _bench.Helo = "shop.test";
        Write("shop.test", "REJECT");
        Assert.Equal("dunno", await AskAsync("helo", "a"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("mx")]
    [InlineData("ns")]
    public async Task Table_may_not_permit_what_a_stranger_s_DNS_says(string kind)
    {
        _bench.Helo = "shop.test";
        foreach (var key in (string[])["192.0.2.7", "mx1.farm.test", "ns.farm.test"]) Write(key, "OK");
        Assert.Equal("451 4.3.5 Server configuration error", await AskAsync("helo", kind));
    }

    [Fact]
    public async Task Dunno_ends_the_search()
    {
        _bench.Helo = "shop.test";
        Write("mx1.farm.test", "DUNNO");
        Write("mx2.farm.test", "REJECT");
        Assert.Equal("dunno", await AskAsync("helo", "mx"));
    }

    [Theory]
    [InlineData("bare.test", "bare.test")]
    [InlineData("bare.test", "203.0.113.9")]
    [InlineData("nowhere.test", "nowhere.test")]
    [InlineData("[192.0.2.7]", "192.0.2.7")]
    [InlineData("[IPv6:2001:db8::7]", "2001:db8::7")]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("x@bare.test", "203.0.113.9")]
    [InlineData("bare.test.", "203.0.113.9")]
    public async Task What_has_no_mail_server_is_its_own(string helo, string key)
    {
        _bench.Helo = helo;
        Write(key, "REJECT");
        Assert.Equal($"554 5.7.1 <{helo}>: Helo command rejected: Access denied", await AskAsync("helo", "mx"));
    }

    [Fact]
    public async Task Name_servers_are_those_of_the_nearest_zone()
    {
        _bench.Helo = "deep.www.shop.test";
        Write("ns.farm.test", "REJECT");
        Assert.Equal("554 5.7.1 <deep.www.shop.test>: Helo command rejected: Access denied", await AskAsync("helo", "ns"));
        _bench.Services.Zone.Break("www.shop.test");
        Assert.Equal("dunno", await AskAsync("helo", "ns"));
    }

    [Theory]
    [InlineData("a", "broken.test")]
    [InlineData("mx", "broken.test")]
    [InlineData("ns", "broken.test")]
    [InlineData("mx", "null.test")]
    [InlineData("ns", "nowhere.test")]
    [InlineData("ns", "[192.0.2.7]")]
    [InlineData("a", "not a name")]
    [InlineData("mx", "[192.0.2.7")]
    public async Task Without_an_answer_there_is_no_opinion(string kind, string helo)
    {
        _bench.Services.Zone.Break("broken.test");
        _bench.Services.Zone.AddMx("null.test", "");
        foreach (var key in (string[])["192.0.2.7", "null.test", "broken.test"]) Write(key, "REJECT");
        _bench.Helo = helo;
        Assert.Equal("dunno", await AskAsync("helo", kind));
    }

    [Theory]
    [InlineData("client")]
    [InlineData("reverse_client_hostname")]
    [InlineData("helo")]
    [InlineData("sender")]
    public async Task Unknown_names_and_the_null_sender_have_no_servers(string subject)
    {
        _bench.Client = _bench.Client with { Name = "unknown", ReverseName = "unknown" };
        _bench.Helo = null;
        _bench.Sender = "";
        _bench.Services.Zone.Add("unknown", "192.0.2.7");
        Write("192.0.2.7", "REJECT");
        Assert.Equal("dunno", await AskAsync(subject, "a"));
    }

    [Theory]
    [InlineData(100, "554 5.7.1 <many.test>: Helo command rejected: Access denied")]
    [InlineData(101, "dunno")]
    public async Task No_more_than_a_hundred_addresses_are_looked_at(int at, string expected)
    {
        _bench.Services.Zone.Add("many.test", [.. Enumerable.Range(1, 150).Select(i => new IPAddress([203, 0, 113, (byte)i]).ToString())]);
        _bench.Helo = "many.test";
        Write(string.Create(CultureInfo.InvariantCulture, $"203.0.113.{at}"), "REJECT");
        Assert.Equal(expected, await AskAsync("helo", "a"));
    }

    [Theory]
    [InlineData(100, "554 5.7.1 <many.test>: Helo command rejected: Access denied")]
    [InlineData(101, "dunno")]
    public async Task No_more_than_a_hundred_servers_are_looked_at(int at, string expected)
    {
        _bench.Services.Zone.AddMx("many.test", [.. Enumerable.Range(1, 150).Select(i => $"mx{i}.many.test")]);
        _bench.Helo = "many.test";
        Write($"mx{at}.many.test", "REJECT");
        Assert.Equal(expected, await AskAsync("helo", "mx"));
    }

    private void Write(string key, string action)
    {
        if (!_bench.Services.Contents.TryGetValue(Table, out var table)) _bench.Services.Contents[Table] = table = [];
        table[key] = action;
    }

    private Task<string> AskAsync(string subject, string kind) => _bench.AskAsync($"check_{subject}_{kind}_access", Table);
}
