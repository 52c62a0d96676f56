using System.Net;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

/// <summary>Cleanup on the way into the queue, by way of a session.</summary>
public sealed class CleanupTests
{
    [Fact]
    public async Task Refused_field_is_answered_at_the_end_of_data()
    {
        var settings = new CleanupSettings { Checks = new ContentCheckSettings { HeaderChecks = [new FakeTable { ["subject: spam"] = "REJECT not here" }] } };
        await using var server = await StartAsync(settings);
        await server.PlayAsync(Send("Subject: spam") + "\nS: 550 5.7.1 not here");
        Assert.Empty(await server.QueuedAsync());
    }

    [Fact]
    public async Task Copies_go_out_and_nobody_hears_of_their_failure()
    {
        var settings = new CleanupSettings { AlwaysBcc = new Address("archive", "elsewhere.test"), RecipientBccMaps = [new FakeTable { ["alice@example.test"] = "bob@example.test" }] };
        await using var server = await StartAsync(settings);
        await server.PlayAsync(Send("Subject: hi") + "\nS: 250 *");
        var recipients = Assert.Single(await server.QueuedAsync()).Recipients;
        Assert.Equal(["alice@example.test Unspecified", "bob@example.test Never", "archive@elsewhere.test Never"], recipients.Select(r => $"{r.Address} {r.Parameters.Notify}"));
    }

    [Theory]
    [InlineData(true, "From: joe@example.test\r\n")]
    [InlineData(false, "From: joe\r\n")]
    public async Task Fields_of_our_own_clients_are_completed_and_those_of_others_are_not(bool isOurs, string expected)
    {
        var clients = RewriteClients.Parse(isOurs ? ["permit_inet_interfaces"] : [], new NoTables(), [IPAddress.Loopback]);
        await using var server = await StartAsync(new CleanupSettings { LocalClients = clients });
        await server.PlayAsync(Send("From: joe") + "\nS: 250 *");
        var content = await server.ContentAsync(Assert.Single(await server.QueuedAsync()));
        Assert.Contains(expected, content, StringComparison.Ordinal);
        Assert.Equal(isOurs, content.Contains("\r\nMessage-Id: <", StringComparison.Ordinal) && content.Contains("\r\nDate: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Content_filter_takes_every_recipient_and_their_copies()
    {
        var copies = new CleanupSettings { AlwaysBcc = new Address("archive", "elsewhere.test") };
        await using var server = await StartAsync(copies, new ReceiveOptions { ContentFilter = "smtp:[127.0.0.1]:10025" });
        await server.PlayAsync(Send("Subject: hi") + "\nS: 250 *");
        Assert.Equal(["alice@example.test smtp:[127.0.0.1]:10025", "archive@elsewhere.test smtp:[127.0.0.1]:10025"], Assert.Single(await server.QueuedAsync()).Recipients.Select(r => $"{r.Address} {r.RouteOverride}"));
    }

    [Fact]
    public async Task Filter_of_a_rule_goes_before_content_filter()
    {
        var checks = new CleanupSettings { Checks = new ContentCheckSettings { HeaderChecks = [new FakeTable { ["subject: hi"] = "FILTER lmtp:other" }] } };
        await using var server = await StartAsync(checks, new ReceiveOptions { ContentFilter = "smtp:[127.0.0.1]:10025" });
        await server.PlayAsync(Send("Subject: hi") + "\nS: 250 *");
        Assert.Equal("lmtp:other", Assert.Single(Assert.Single(await server.QueuedAsync()).Recipients).RouteOverride);
    }

    [Theory]
    [InlineData(true, "alice@example.test bob@example.test archive@elsewhere.test")]
    [InlineData(false, "alice@example.test")]
    public async Task Without_address_mappings_nobody_gets_a_copy(bool maps, string recipients)
    {
        var settings = new CleanupSettings { AlwaysBcc = new Address("archive", "elsewhere.test"), RecipientBccMaps = [new FakeTable { ["alice@example.test"] = "bob@example.test" }] };
        await using var server = await StartAsync(settings, new ReceiveOptions { MapsAddresses = maps });
        await server.PlayAsync(Send("Subject: hi") + "\nS: 250 *");
        Assert.Equal(recipients, string.Join(' ', Assert.Single(await server.QueuedAsync()).Recipients.Select(r => r.Address)));
    }

    [Theory]
    [InlineData(true, "550 5.7.1 not here")]
    [InlineData(false, "250 *")]
    public async Task Without_checks_nothing_is_looked_for(bool checks, string reply)
    {
        var settings = new CleanupSettings { Checks = new ContentCheckSettings { HeaderChecks = [new FakeTable { ["subject: spam"] = "REJECT not here" }] } };
        await using var server = await StartAsync(settings, new ReceiveOptions { ChecksContent = checks });
        await server.PlayAsync(Send("Subject: spam") + $"\nS: {reply}");
    }

    private static Task<ReceivingServer> StartAsync(CleanupSettings settings, ReceiveOptions options) =>
        ReceivingServer.StartAsync(service => service with { Receive = options }, generation: generation => generation with { Cleanup = settings });

    private static Task<ReceivingServer> StartAsync(CleanupSettings settings) => ReceivingServer.StartAsync(generation: generation => generation with { Cleanup = settings });

    private static string Send(string field) => $$"""
        S: 220 *
        C: EHLO client.example
        S: ...
        C: MAIL FROM:<joe@client.example>
        S: 250 *
        C: RCPT TO:<alice@example.test>
        S: 250 *
        C: DATA
        S: 354 *
        C! {{field}}\r\n\r\nx\r\n.\r\n
        """;
}
