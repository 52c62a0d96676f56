using System.Net;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Stages;

/// <summary>attempt.js: how a connection is made, or that none is.</summary>
public sealed class AttemptStageTests
{
    private const string Session = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 PIPELINING\nC: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\nC: QUIT";

    [Fact]
    public async Task Source_address_is_the_rules_choice()
    {
        await using var server = ScriptedServer.Start(Session);
        await using (var office = Attempt("() => route({ source: '127.0.0.9' })")) Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        await server.FinishAsync();
        Assert.Equal(["127.0.0.9"], server.Clients);
    }

    [Fact]
    public async Task Connection_from_one_address_is_not_used_for_another()
    {
        await using var server = ScriptedServer.Start(Session, Session);
        await using (var office = Attempt("({ recipient }) => route({ source: recipient.local })"))
        {
            Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "127.0.0.8@remote.test")).Action);
            var second = office.SendAsync($"[127.0.0.1]:{server.Port}", "127.0.0.9@remote.test");
            // The server speaks with one at a time: the second connection waits until the kept one ends.
            for (var end = TimeProvider.System.GetTimestamp(); !server.HasWaiting && TimeProvider.System.GetElapsedTime(end) < TimeSpan.FromSeconds(20);) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            Assert.True(server.HasWaiting);
            office.Clock.Advance(TimeSpan.FromSeconds(6));
            Assert.Equal(DeliveryAction.Delivered, (await second).Action);
        }
        await server.FinishAsync();
        Assert.Equal(["127.0.0.8", "127.0.0.9"], server.Clients);
    }

    [Fact]
    public async Task Pool_gives_an_address_and_one_that_is_not_there_keeps_the_mail()
    {
        await using var server = ScriptedServer.Start(Session);
        var settings = Office.Settings() with { Pools = new Dictionary<string, SourcePool> { ["bulk"] = new([IPAddress.Parse("127.0.0.11"), IPAddress.Parse("127.0.0.12"), IPAddress.IPv6Loopback]) } };
        await using (var office = new Office(settings, policies: File("({ recipient }) => route({ pool: recipient.local })")))
        {
            Assert.Equal((DeliveryAction.Deferred, "there is no pool 'none'"), await OutcomeAsync(office, server, "none"));
            Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "bulk@remote.test")).Action);
        }
        await server.FinishAsync();
        Assert.Contains(Assert.Single(server.Clients), (string[])["127.0.0.11", "127.0.0.12"]);
    }

    [Fact]
    public async Task Mail_does_not_leave_from_another_address_than_the_chosen_one()
    {
        await using var server = ScriptedServer.Start(Session);
        await using var office = Attempt("() => route({ source: '192.0.2.99' })");
        Assert.Equal((DeliveryAction.Deferred, $"connect to 127.0.0.1[127.0.0.1]:{server.Port}: Cannot assign requested address"), await OutcomeAsync(office, server, "x"));
        Assert.Empty(server.Clients);
    }

    [Fact]
    public async Task Tls_level_of_a_rule_is_stronger_than_the_configured_one()
    {
        await using var server = ScriptedServer.Start("S: 220 hi\nC: EHLO *\nS: 250 hi\nC: QUIT");
        await using var office = Attempt("() => route({ tls: 'encrypt' })");
        Assert.Equal((DeliveryAction.Deferred, "TLS is required, but was not offered by host 127.0.0.1[127.0.0.1]"), await OutcomeAsync(office, server, "x"));
    }

    [Theory]
    [InlineData("({ destination }) => defer(`${destination.transport} ${destination.nexthop}`)", DeliveryAction.Deferred, "smtp dead.test")]
    [InlineData("({ attempt_number }) => bounce(`at ${attempt_number}`)", DeliveryAction.Failed, "at 1")]
    [InlineData("({ recipients }) => hold(recipients.map(r => r.address).join())", DeliveryAction.Deferred, "x@remote.test")]
    [InlineData("() => route({ nexthop: 'elsewhere' })", DeliveryAction.Deferred, "Server configuration error")]
    [InlineData("() => discard()", DeliveryAction.Deferred, "Server configuration error")]
    public async Task Verdict_stands_for_the_attempt(string rule, DeliveryAction action, string text)
    {
        await using var office = Attempt(rule);
        var outcome = await office.SendAsync("dead.test", "x@remote.test");
        Assert.Equal((action, text), (outcome.Action, outcome.Text));
    }

    private static async Task<(DeliveryAction, string)> OutcomeAsync(Office office, ScriptedServer server, string user)
    {
        var outcome = await office.SendAsync($"[127.0.0.1]:{server.Port}", $"{user}@remote.test");
        return (outcome.Action, outcome.Text);
    }

    private static Office Attempt(string rules) => new(policies: File(rules));

    private static Dictionary<string, string> File(string rules) => new() { ["attempt.js"] = RouteStageTests.Stage(rules) };
}
