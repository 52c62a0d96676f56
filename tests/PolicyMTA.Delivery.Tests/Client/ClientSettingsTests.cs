using System.Net;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Client;

/// <summary>What the parameters <c>smtp_*</c> change, each on both sides.</summary>
public sealed class ClientSettingsTests
{
    private const string Taken = "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";
    private const string StepByStep = "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nC: ...\nS: 250 2.0.0 taken\n";
    private const string Hello = "C: EHLO *\nS: 250-hi\nS: 250 PIPELINING\n";
    private const string Old = "C: HELO *\nS: 250 hi\n";

    [Theory]
    [InlineData(true, false, "220 hi", Hello + Taken)]
    [InlineData(false, false, "220 hi", Old + StepByStep)]
    [InlineData(false, false, "220 mx ESMTP here", Hello + Taken)]
    [InlineData(true, true, "220 mx ESMTP here", Old + StepByStep)]
    public async Task Ehlo_is_said_to_whom_it_shall(bool always, bool never, string greeting, string session)
    {
        await using var server = ScriptedServer.Start($"S: {greeting}\n" + session);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server, new ClientSettings { AlwaysSaysEhlo = always, NeverSaysEhlo = never })).Action);
    }

    [Theory]
    [InlineData("500 what")]
    [InlineData("451 4.3.0 no extensions today")]
    public async Task Ehlo_that_is_refused_is_followed_by_helo(string reply)
    {
        await using var server = ScriptedServer.Start($"S: 220 hi\nC: EHLO *\nS: {reply}\n" + Old + StepByStep);
        Assert.Equal(DeliveryAction.Delivered, (await SendAsync(server, new ClientSettings())).Action);
    }

    [Theory]
    [InlineData(true, DeliveryAction.Deferred, "4.7.1")]
    [InlineData(false, DeliveryAction.Failed, "5.7.1")]
    public async Task Greeting_of_5xx_is_passed_over_or_final(bool skips, DeliveryAction action, string status)
    {
        await using var server = ScriptedServer.Start("S: 554 5.7.1 not you\nHANG");
        var outcome = await SendAsync(server, new ClientSettings { SkipsPermanentGreeting = skips });
        Assert.Equal((action, status), (outcome.Action, outcome.Status.ToString()));
    }

    [Fact]
    public async Task Keywords_are_overlooked_by_list_and_by_address()
    {
        const string Offer = "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250-SIZE 1\nS: 250-DSN\nS: 250 PIPELINING\n";
        foreach (var settings in new[]
        {
            new ClientSettings { DiscardedKeywords = ["pipelining", "Size"] },
            new ClientSettings { DiscardedKeywords = ["dsn"], DiscardedKeywordMaps = [new FakeTable(("127.0.0.1", "size, pipelining"))] },
        })
        {
            await using var server = ScriptedServer.Start(Offer + StepByStep);
            var outcome = await SendAsync(server, settings);
            Assert.Equal((DeliveryAction.Delivered, true), (outcome.Action, outcome.ReportsPassedOn));
        }
        await using var strict = ScriptedServer.Start(Offer + "HANG");
        Assert.Equal("5.3.4", (await SendAsync(strict, new ClientSettings())).Status.ToString());
    }

    [Theory]
    [InlineData(false, DeliveryAction.Delivered)]
    [InlineData(true, DeliveryAction.Deferred)]
    public async Task Bind_address_that_is_not_ours_stops_mail_only_when_it_shall(bool enforces, DeliveryAction action)
    {
        await using var server = ScriptedServer.Start("S: 220 hi\n" + Hello + Taken);
        Assert.Equal(action, (await SendAsync(server, new ClientSettings { BindAddress = IPAddress.Parse("192.0.2.99"), EnforcesBindAddress = enforces })).Action);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(0, 1)]
    public async Task Connection_carries_as_many_messages_as_it_may(int limit, int connections)
    {
        const string Start = "S: 220 hi\n" + Hello;
        await using var server = limit == 2 ? ScriptedServer.Start(Start + Taken + Taken + "C: QUIT", Start + Taken) : ScriptedServer.Start(Start + Taken + Taken + Taken);
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { ConnectionReuseCount = limit } });
        for (var i = 0; i < 3; i++) Assert.Equal(DeliveryAction.Delivered, (await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test")).Action);
        await server.FinishAsync();
        Assert.Equal(connections, server.Clients.Count);
    }

    [Theory]
    [InlineData("S: 451 4.3.0 not now\nHANG")]
    [InlineData("S: 220 hi\n" + Hello + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 451 4.2.1 later\nS: 503 no\nC: RSET\nS: 250 ok\nHANG")]
    public async Task Mail_that_is_not_taken_now_goes_to_the_fallback_relay(string script)
    {
        await using var first = ScriptedServer.Start(script);
        await using var relay = ScriptedServer.Start("S: 220 hi\n" + Hello + Taken);
        var outcome = await SendAsync(first, new ClientSettings { FallbackRelays = [$"[127.0.0.1]:{relay.Port}"] });
        Assert.Equal((DeliveryAction.Delivered, $"127.0.0.1[127.0.0.1]:{relay.Port}"), (outcome.Action, outcome.Relay));
    }

    [Fact]
    public async Task Refusal_for_good_does_not_go_to_the_fallback_relay()
    {
        await using var first = ScriptedServer.Start("S: 220 hi\n" + Hello + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 550 5.1.1 nobody\nS: 503 no\nC: RSET\nS: 250 ok\nHANG");
        await using var relay = ScriptedServer.Start("S: 220 hi\nHANG");
        Assert.Equal("5.1.1", (await SendAsync(first, new ClientSettings { FallbackRelays = [$"[127.0.0.1]:{relay.Port}"] })).Status.ToString());
        Assert.Empty(relay.Clients);
    }

    [Theory]
    [InlineData("unknown.test", true)]
    [InlineData("fails.test", true)]
    [InlineData("nullmx.test", false)]
    public async Task Domain_that_is_not_found_goes_to_the_fallback_relay_and_one_that_wants_no_mail_does_not(string domain, bool goes)
    {
        await using var relay = ScriptedServer.Start("S: 220 hi\n" + Hello + Taken);
        await using var office = new Office(Office.Settings() with { Smtp = new ClientSettings { FallbackRelays = [$"[127.0.0.1]:{relay.Port}"] } }, new FakeDns().Mx("nullmx.test", 0, ""));
        Assert.Equal(goes ? DeliveryAction.Delivered : DeliveryAction.Failed, (await office.SendAsync(domain, "x@" + domain)).Action);
    }

    // Each step of RFC 5321 §3 in which a server may go away, and what is said of it.
    [Theory]
    [InlineData("CLOSE", "receiving the initial server greeting")]
    [InlineData("S: 220 hi\nCLOSE", "performing the EHLO handshake")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 500 no\nC: HELO *\nCLOSE", "performing the HELO handshake")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nCLOSE", "performing the STARTTLS handshake")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 AUTH CRAM-MD5\nC: AUTH CRAM-MD5\nCLOSE", "performing the SASL handshake")]
    [InlineData("S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 AUTH CRAM-MD5\nC: AUTH CRAM-MD5\nS: 334 PDE+\nC: *\nCLOSE", "performing the SASL handshake")]
    [InlineData("S: 220 hi\n" + Hello + "C: MAIL *\nCLOSE", "sending MAIL FROM")]
    [InlineData("S: 220 hi\n" + Hello + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nCLOSE", "sending RCPT TO")]
    [InlineData("S: 220 hi\n" + Hello + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nCLOSE", "sending DATA command")]
    [InlineData("S: 220 hi\n" + Hello + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nCLOSE", "sending end of data -- message may be sent more than once")]
    public async Task Server_that_goes_away_defers_and_the_step_is_told(string script, string step)
    {
        await using var server = ScriptedServer.Start(script);
        var logins = new ClientLogins { PasswordMaps = [new FakeTable(($"[127.0.0.1]:{server.Port}", "a:b"))] };
        var outcome = await SendAsync(server, new ClientSettings { Logins = logins });
        Assert.Equal((DeliveryAction.Deferred, "4.4.2", $"lost connection with 127.0.0.1[127.0.0.1] while {step}"), (outcome.Action, outcome.Status.ToString(), outcome.Text));
    }

    [Theory]
    [InlineData("C: RSET\nCLOSE")]
    [InlineData("C: RSET\nS: 421 bye\nHANG")]
    public async Task Server_that_goes_away_at_the_reset_changes_no_outcome(string end)
    {
        await using var server = ScriptedServer.Start("S: 220 hi\n" + Hello + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 550 5.1.1 nobody\nS: 503 no\n" + end);
        Assert.Equal("5.1.1", (await SendAsync(server, new ClientSettings())).Status.ToString());
    }

    private static async Task<RecipientOutcome> SendAsync(ScriptedServer server, ClientSettings settings)
    {
        await using var office = new Office(Office.Settings() with { Smtp = settings });
        return await office.SendAsync($"[127.0.0.1]:{server.Port}", "x@remote.test");
    }
}
