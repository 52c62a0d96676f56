using System.Net;
using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Verification;

public sealed class ProbeTests
{
    private const string Hello = """
        S: 220 mx.remote.test ESMTP
        C: EHLO example.test
        S: 250-mx.remote.test
        S: 250-SIZE 1000
        S: 250-PIPELINING
        S: 250 DSN
        C: MAIL FROM:<double-bounce@example.test>
        C: RCPT TO:<x@remote.test> ORCPT=rfc822;x@remote.test

        """;

    [Fact]
    public async Task An_address_that_RCPT_takes_is_deliverable_and_nothing_is_sent()
    {
        await using var server = ScriptedServer.Start(Hello + "S: 250 2.1.0 Ok\nS: 250 2.1.5 Ok\nC: RSET\nS: 250 2.0.0 Ok\nC: QUIT");
        await using (var verified = new Verified(Verified.To(server.Port)))
        {
            Assert.Equal(new AddressVerification(AddressStanding.Deliverable, "250 2.1.5 Ok"), await verified.AskAsync("x@remote.test"));
            Assert.Matches($@"^smtp: Probe\d: to=<x@remote.test>, relay=127.0.0.1\[127.0.0.1\]:{server.Port}, delay=0, delays=0/0/0/0, dsn=2.1.5, status=deliverable \(250 2.1.5 Ok\)$",
                Assert.Single(verified.Log.Lines, line => line.Contains("status=", StringComparison.Ordinal)));
        }
        await server.FinishAsync();
        Assert.Empty(server.Contents);
    }

    [Theory]
    [InlineData("550 5.1.1 <x@remote.test>: unknown", AddressStanding.Undeliverable, "5.1.1")]
    [InlineData("450 4.2.0 <x@remote.test>: Greylisted", AddressStanding.Deferred, "4.2.0")]
    public async Task A_refusal_is_kept_in_the_next_hops_words(string reply, AddressStanding standing, string status)
    {
        await using var server = ScriptedServer.Start(Hello + $"S: 250 2.1.0 Ok\nS: {reply}\nC: RSET\nS: 250 2.0.0 Ok");
        await using var verified = new Verified(Verified.To(server.Port));
        Assert.Equal(new AddressVerification(standing, $"host 127.0.0.1[127.0.0.1] said: {reply} (in reply to RCPT TO command)"), await verified.AskAsync("x@remote.test"));
        Assert.Contains(verified.Log.Lines, line => line.Contains($"dsn={status}, status=undeliverable (host 127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_without_pipelining_is_asked_likewise()
    {
        await using var server = ScriptedServer.Start("""
            S: 220 mx.remote.test
            C: EHLO example.test
            S: 500 what?
            C: HELO example.test
            S: 250 mx.remote.test
            C: MAIL FROM:<double-bounce@example.test>
            S: 250 fine
            C: RCPT TO:<x@remote.test>
            S: 250 fine
            C: RSET
            S: 250 fine
            C: QUIT
            """);
        await using (var verified = new Verified(Verified.To(server.Port)))
        {
            Assert.Equal(AddressStanding.Deliverable, (await verified.AskAsync("x@remote.test")).Standing);
        }
        await server.FinishAsync();
    }

    [Fact]
    public async Task Probes_follow_each_other_over_one_connection_and_the_log_names_each_by_one_id()
    {
        await using var server = ScriptedServer.Start(Hello + """
            S: 250 2.1.0 Ok
            S: 450 4.2.0 later
            C: RSET
            S: 250 2.0.0 Ok
            C: MAIL FROM:<double-bounce@example.test>
            C: RCPT TO:<y@remote.test> ORCPT=rfc822;y@remote.test
            S: 250 2.1.0 Ok
            S: 250 2.1.5 Ok
            C: RSET
            S: 250 2.0.0 Ok
            """);
        await using var verified = new Verified(Verified.To(server.Port));
        Assert.Equal(AddressStanding.Deferred, (await verified.AskAsync("x@remote.test")).Standing);
        Assert.Equal(AddressStanding.Deliverable, (await verified.AskAsync("y@remote.test")).Standing);
        await server.FinishAsync();
        Assert.Equal(["smtp: Probe1: to=<x@remote.test>", "smtp: Probe2: to=<y@remote.test>"], verified.Log.Lines.Select(line => line.Split(',')[0]));
    }

    [Fact]
    public async Task An_LMTP_server_is_asked_likewise()
    {
        await using var server = ScriptedServer.Start("""
            S: 220 lmtp.remote.test
            C: LHLO example.test
            S: 250-lmtp.remote.test
            S: 250 PIPELINING
            C: MAIL FROM:<double-bounce@example.test>
            C: RCPT TO:<x@remote.test>
            S: 250 2.1.0 Ok
            S: 550 5.1.1 no such user here
            C: RSET
            S: 250 2.0.0 Ok
            """);
        await using var verified = new Verified(Verified.To(1) with { TransportMaps = [new FakeTable(("x@remote.test", $"lmtp:[127.0.0.1]:{server.Port}"))] });
        Assert.Equal(AddressStanding.Undeliverable, (await verified.AskAsync("x@remote.test")).Standing);
        await server.FinishAsync();
    }

    [Theory]
    [InlineData("421 4.3.2 closing")]
    [InlineData("354 what?")]
    public async Task A_server_that_stops_or_talks_nonsense_is_a_deferral(string reply)
    {
        await using var server = ScriptedServer.Start(Hello + $"S: 250 2.1.0 Ok\nS: {reply}\nCLOSE");
        await using var verified = new Verified(Verified.To(server.Port));
        Assert.Equal(AddressStanding.Deferred, (await verified.AskAsync("x@remote.test")).Standing);
    }

    [Fact]
    public async Task A_server_that_leaves_after_its_answer_has_answered()
    {
        await using var server = ScriptedServer.Start(Hello + "S: 250 2.1.0 Ok\nS: 250 2.1.5 Ok\nC: RSET\nCLOSE");
        await using var verified = new Verified(Verified.To(server.Port));
        Assert.Equal(AddressStanding.Deliverable, (await verified.AskAsync("x@remote.test")).Standing);
    }

    [Fact]
    public async Task An_address_outside_ASCII_needs_a_server_that_takes_it()
    {
        await using var server = ScriptedServer.Start("S: 220 mx.remote.test\nC: EHLO example.test\nS: 250 mx.remote.test\nC: QUIT");
        await using var verified = new Verified(Verified.To(server.Port));
        Assert.Equal(new AddressVerification(AddressStanding.Undeliverable, "SMTPUTF8 is required, but was not offered by host 127.0.0.1[127.0.0.1]"), await verified.AskAsync("älice@remote.test"));
    }

    [Fact]
    public async Task A_refused_sender_says_nothing_good_of_the_address()
    {
        await using var server = ScriptedServer.Start(Hello + "S: 550 5.7.1 go away\nS: 503 5.5.1 what?\nC: RSET\nS: 250 2.0.0 Ok");
        await using var verified = new Verified(Verified.To(server.Port));
        Assert.Equal(new AddressVerification(AddressStanding.Undeliverable, "host 127.0.0.1[127.0.0.1] said: 550 5.7.1 go away (in reply to MAIL FROM command)"), await verified.AskAsync("x@remote.test"));
    }

    [Fact]
    public async Task A_dead_host_and_a_lost_connection_are_deferrals()
    {
        await using var server = ScriptedServer.Start("S: 220 mx.remote.test\nC: EHLO example.test\nCLOSE");
        await using (var verified = new Verified(Verified.To(server.Port))) Assert.Equal(AddressStanding.Deferred, (await verified.AskAsync("x@remote.test")).Standing);
        var port = server.Port;
        await server.DisposeAsync();
        await using var again = new Verified(Verified.To(port));
        Assert.Equal(new AddressVerification(AddressStanding.Deferred, $"connect to 127.0.0.1[127.0.0.1]:{port}: Connection refused"), await again.AskAsync("x@remote.test"));
    }

    [Theory]
    [InlineData("alice@ours.test", AddressStanding.Deliverable, "delivers to maildir")]
    [InlineData("nobody@ours.test", AddressStanding.Undeliverable, "unknown user: \"nobody@ours.test\"")]
    [InlineData("broken@ours.test", AddressStanding.Deferred, "mail system configuration error: virtual_mailbox_maps lookup failed")]
    [InlineData("x@aliases.test", AddressStanding.Undeliverable, "User unknown in virtual alias table")]
    public async Task Mailboxes_of_ours_are_looked_up_and_not_written(string address, AddressStanding standing, string text)
    {
        using var folder = new TemporaryFolder();
        var settings = Verified.To(1) with { VirtualMailboxBase = folder.Path, VirtualMailboxMaps = [new FakeTable(("alice@ours.test", "alice/"), ("broken@ours.test", "!"))] };
        await using var verified = new Verified(settings, new FakeClasses(("ours.test", AddressClass.VirtualMailbox), ("aliases.test", AddressClass.VirtualAlias)).Book);
        Assert.Equal(new AddressVerification(standing, text), await verified.AskAsync(address));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("error:5.7.1 not here", AddressStanding.Undeliverable, "not here")]
    [InlineData("retry:4.4.1 not now", AddressStanding.Deferred, "not now")]
    [InlineData("discard:for the fishes", AddressStanding.Deliverable, "for the fishes")]
    [InlineData("odd:", AddressStanding.Deliverable, "delivers to odd")]
    [InlineData("absent:", AddressStanding.Deferred, "mail transport unavailable: absent")]
    public async Task Other_transports_say_what_would_become_of_mail_and_those_of_plugins_are_not_called(string entry, AddressStanding standing, string text)
    {
        var settings = Verified.To(1) with { TransportMaps = [new FakeTable(("x@remote.test", entry))] };
        await using var verified = new Verified(settings, transports: new Dictionary<string, ITransport> { ["odd"] = new Untouchable() });
        Assert.Equal(new AddressVerification(standing, text), await verified.AskAsync("x@remote.test"));
    }

    [Fact]
    public async Task Probes_may_go_another_way_than_mail()
    {
        var settings = Verified.To(1, v => v with { Reroute = s => s with { DefaultTransport = "error:5.1.1 only probes end here" } });
        await using var verified = new Verified(settings with { RelayHost = "" });
        Assert.Equal("only probes end here", (await verified.AskAsync("x@remote.test")).Text);
    }

    [Fact]
    public async Task An_alias_is_probed_where_it_leads_and_one_with_several_targets_is_good()
    {
        var book = new AddressBook(new AddressBookSettings
        {
            MyOrigin = "example.test",
            VirtualAliasMaps = [new FakeTable(("one@ours.test", "x@remote.test"), ("two@ours.test", "x@remote.test, y@remote.test"), ("broken@ours.test", "!"))],
        });
        var settings = Verified.To(1) with { TransportMaps = [new FakeTable(("x@remote.test", "error:5.1.1 gone"))] };
        await using var verified = new Verified(settings, book);
        Assert.Equal(new AddressVerification(AddressStanding.Undeliverable, "gone"), await verified.AskAsync("one@ours.test"));
        Assert.Contains(verified.Log.Lines, line => line.Contains("to=<x@remote.test>, orig_to=<one@ours.test>, relay=none", StringComparison.Ordinal));
        Assert.Equal(new AddressVerification(AddressStanding.Deliverable, "aliased to multiple recipients"), await verified.AskAsync("two@ours.test"));
        Assert.Equal(new AddressVerification(AddressStanding.Deferred, "temporary lookup failure"), await verified.AskAsync("broken@ours.test"));
    }

    private sealed class Untouchable : ITransport
    {
        public ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(DeliveryRequest request, CancellationToken cancellationToken) => throw new InvalidOperationException("a probe was delivered");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
