using System.Diagnostics;

namespace PolicyMTA.EndToEnd.AddressTests;

/// <summary>Mail that an alias sends elsewhere, and its way back.</summary>
public sealed class ForwardingTests
{
    [Fact]
    public async Task Sender_is_ours_on_the_way_out_and_whom_it_stands_for_on_the_way_back()
    {
        await using var hop = new RecordingHop();
        await using var server = await RunningServer.StartAsync();
        var secrets = Path.Combine(server.Root, "srs.secret");
        await File.WriteAllTextAsync(secrets, "a secret that is long enough\n");
        var file = Path.Combine(server.Root, "policymta.toml");
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace("\n[postfixadmin]", $$"""

            srs_secret_file = "srs.secret"
            relayhost = "[127.0.0.1]:{{hop.Port}}"
            virtual_alias_maps = ["inline:{ forward@example.test=ann@elsewhere.test }"]

            [postfixadmin]
            """, StringComparison.Ordinal));
        await ReloadAsync(server);

        await TellAsync(server, "joe@far.test", "forward@example.test");
        var there = await ArrivalAsync(hop, "ann@elsewhere.test");
        Assert.Matches("^SRS0=[A-Za-z0-9+/]{4}=[A-Z2-7]{2}=far[.]test=joe@example[.]test$", there.Sender);

        await TellAsync(server, "", there.Sender);
        Assert.Equal("", (await ArrivalAsync(hop, "joe@far.test")).Sender);

        await using (var stranger = await SmtpConnection.OpenAsync(server.Smtp))
        {
            await stranger.ExpectAsync("EHLO far.test", "250");
            await stranger.ExpectAsync("MAIL FROM:<x@far.test>", "250");
            Assert.StartsWith("550 5.1.1 <SRS0=AAAA=", await stranger.AskAsync("RCPT TO:<SRS0=AAAA=" + there.Sender["SRS0=AAAA=".Length..] + ">"), StringComparison.Ordinal);
            Assert.StartsWith("554 5.7.1", await stranger.AskAsync("RCPT TO:<joe@far.test>"), StringComparison.Ordinal);
        }

        // Another secret signs; what the old one signed still comes back.
        await File.WriteAllTextAsync(secrets, "a newer secret that is long enough\na secret that is long enough\n");
        await ReloadAsync(server);
        await TellAsync(server, "", there.Sender);
        await File.WriteAllTextAsync(secrets, "short\n");
        var refused = await server.PolicymtaAsync("reload");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("srs_secret_file: a line of", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(": short", refused.Errors, StringComparison.Ordinal);
    }

    private static async Task ReloadAsync(RunningServer server)
    {
        var reload = await server.PolicymtaAsync("reload");
        Assert.True(reload.ExitCode == 0, reload.Errors);
    }

    private static async Task TellAsync(RunningServer server, string sender, string recipient)
    {
        await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
        await connection.ExpectAsync("EHLO far.test", "250");
        Assert.StartsWith("250", await connection.SendAsync(sender, recipient, "Subject: forwarded\r\n\r\nhello"), StringComparison.Ordinal);
    }

    private static async Task<Arrival> ArrivalAsync(RecordingHop hop, string recipient)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (hop.Arrivals.FirstOrDefault(arrival => arrival.Recipient == recipient) is { } arrival) return arrival;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"nothing came for {recipient}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
