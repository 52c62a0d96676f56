using System.Net;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

public sealed class MxTests
{
    private const string Session = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 PIPELINING\nC: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";

    [Theory]
    [InlineData("nxdomain.invalid", "5.4.4", "Host or domain name not found. Name service error for name=nxdomain.invalid type=AAAA: Host not found")]
    [InlineData("empty.test", "5.4.4", "Host or domain name not found. Name service error for name=empty.test type=AAAA: Host found but no data record of requested type")]
    [InlineData("badmx.test", "5.4.4", "Host or domain name not found. Name service error for name=nosuchhost.test type=AAAA: Host not found")]
    [InlineData("fails.test", "4.4.3", "Host or domain name not found. Name service error for name=fails.test type=MX: Host not found, try again")]
    [InlineData("mxfails.test", "4.4.3", "Host or domain name not found. Name service error for name=fails.host.test type=AAAA: Host not found, try again")]
    [InlineData("nullmx.test", "5.1.0", "Domain nullmx.test does not accept mail (nullMX)")]
    [InlineData("ourselves.test", "5.4.6", "mail for ourselves.test loops back to myself")]
    public async Task Domain_without_a_host_is_explained(string domain, string status, string text)
    {
        var dns = new FakeDns().Empty("empty.test").Mx("badmx.test", 10, "nosuchhost.test").Mx("nullmx.test", 0, "")
            .Mx("mxfails.test", 10, "fails.host.test").Mx("ourselves.test", 10, "example.test").Mx("ourselves.test", 20, "backup.test").Address("backup.test", "127.0.0.1");
        await using var office = new Office(dns: dns);
        var outcome = await office.SendAsync(domain, "x@" + domain);
        Assert.Equal((status, text, "none"), (outcome.Status.ToString(), outcome.Text, outcome.Relay));
        Assert.Equal(status[0] == '4' ? DeliveryAction.Deferred : DeliveryAction.Failed, outcome.Action);
    }

    [Fact]
    public async Task Better_mx_is_tried_first_and_the_next_one_at_once_when_it_refuses()
    {
        await using var server = ScriptedServer.Start(Session);
        var dns = new FakeDns().Mx("multi.test", 20, "mx2.test").Mx("multi.test", 10, "mx1.test").Address("mx1.test", "127.0.0.9").Address("mx2.test", "127.0.0.1");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Port = server.Port } }, dns);
        var outcome = await office.SendAsync("multi.test", "x@multi.test");
        Assert.Equal($"mx2.test[127.0.0.1]:{server.Port}", outcome.Relay);
        Assert.Equal("mx2.test", outcome.RemoteHost);
    }

    [Fact]
    public async Task Recipients_deferred_by_one_mx_are_offered_to_the_next_and_refused_ones_are_not()
    {
        await using var first = ScriptedServer.Start("""
            S: 220 hi
            C: EHLO *
            S: 250-hi
            S: 250 PIPELINING
            C: MAIL *
            C: RCPT TO:<a@multi.test>
            C: RCPT TO:<b@multi.test>
            C: DATA
            S: 250 ok
            S: 550 5.1.1 no such user
            S: 451 4.7.1 later
            S: 503 no recipients
            C: RSET
            S: 250 ok
            """);
        await using var second = ScriptedServer.StartAt(IPAddress.Parse("127.0.0.2"), first.Port, Session);
        var dns = new FakeDns().Mx("multi.test", 10, "mx1.test").Mx("multi.test", 20, "mx2.test").Address("mx1.test", "127.0.0.1").Address("mx2.test", "127.0.0.2");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Port = first.Port } }, dns);
        var outcomes = await office.SendAsync(Post.Message(), "multi.test", "smtp", "a@multi.test", "b@multi.test");
        Assert.Equal([DeliveryAction.Failed, DeliveryAction.Delivered], outcomes.Select(o => o.Action));
        Assert.Contains("RCPT TO:<b@multi.test>", second.Heard);
        Assert.DoesNotContain("RCPT TO:<a@multi.test>", second.Heard);
    }

    [Fact]
    public async Task Message_that_one_mx_may_have_taken_is_not_given_to_the_next()
    {
        await using var first = ScriptedServer.Start(Session.Replace("S: 250 2.0.0 taken", "CLOSE"));
        await using var second = ScriptedServer.StartAt(IPAddress.Parse("127.0.0.2"), first.Port, Session);
        var dns = new FakeDns().Mx("multi.test", 10, "mx1.test").Mx("multi.test", 20, "mx2.test").Address("mx1.test", "127.0.0.1").Address("mx2.test", "127.0.0.2");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Port = first.Port } }, dns);
        var outcome = await office.SendAsync("multi.test", "x@multi.test");
        Assert.Contains("message may be sent more than once", outcome.Text);
        Assert.Empty(second.Heard);
    }

    [Fact]
    public async Task Domain_without_mx_is_its_own_host()
    {
        await using var server = ScriptedServer.Start(Session);
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Port = server.Port } }, new FakeDns().Address("aonly.test", "127.0.0.1"));
        Assert.Equal($"aonly.test[127.0.0.1]:{server.Port}", (await office.SendAsync("aonly.test", "x@aonly.test")).Relay);
    }

    [Fact]
    public async Task Ipv4_is_tried_when_ipv6_does_not_answer()
    {
        await using var server = ScriptedServer.Start(Session);
        var dns = new FakeDns().Mx("both.test", 10, "mx.both.test").Address("mx.both.test", "::1").Address("mx.both.test", "127.0.0.1");
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { Port = server.Port } }, dns);
        Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync("both.test", "x@both.test")).Action);
    }

    [Fact]
    public async Task Equal_mx_hosts_share_the_load()
    {
        var search = new Delivery.Client.HostFinder(
            new FakeDns().Mx("d.test", 10, "a.test").Mx("d.test", 10, "b.test").Address("a.test", "127.0.0.1").Address("b.test", "127.0.0.2"), new Random(1));
        var firsts = new HashSet<string>();
        for (var i = 0; i < 50; i++)
        {
            var found = (Delivery.Client.HostSearch.Found)await search.FindAsync(new Delivery.Routing.NextHop.Domain("d.test", 25), Office.Settings(), new ClientSettings(), CancellationToken.None);
            firsts.Add(found.Destinations[0].HostName);
        }
        Assert.Equal(2, firsts.Count);
    }
}
