using System.Globalization;

namespace PolicyMTA.EndToEnd;

/// <summary>A next hop that answers slowly holds up its own mail only.</summary>
public sealed class FairnessTests
{
    private const int Clients = 20;

    // .ci/nightly asks for 50,000.
    private static readonly int Backlog = int.TryParse(Environment.GetEnvironmentVariable("POLICYMTA_BACKLOG"), CultureInfo.InvariantCulture, out var given) ? given : 10_000;

    [Fact]
    public async Task Mail_for_others_arrives_within_a_second()
    {
        await using var slow = new NextHopServer(TimeSpan.FromSeconds(2));
        await using var quick = new NextHopServer(TimeSpan.Zero);
        await using var server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Root, "transport"), $"slow.test smtp:[127.0.0.1]:{slow.Port}\nquick.test smtp:[127.0.0.1]:{quick.Port}\n");
        await server.ReconfigureAsync("myhostname = ", $"relay_domains = [\"slow.test\", \"quick.test\"]\ntransport_maps = \"texthash:{server.Root}/transport\"\nmyhostname = ");

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => SendAsync(server.Smtp, client)));
        var status = await server.PolicymtaAsync("queue", "list", "--domain", "slow.test");
        Assert.True(status.Lines.Count(line => line.Contains("@slow.test>", StringComparison.Ordinal)) > Backlog * 0.9, "there is no backlog");

        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 30; i++)
        {
            await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
            await connection.ExpectAsync("EHLO localhost", "250");
            Assert.StartsWith("250 2.0.0 Ok: queued as", await connection.SendAsync("joe@localhost", $"r{i}@quick.test", "Subject: quick\r\n\r\ntext"), StringComparison.Ordinal);
            var sent = TimeProvider.System.GetTimestamp();
            while (!quick.Taken.ContainsKey($"r{i}@quick.test") && TimeProvider.System.GetElapsedTime(sent) < TimeSpan.FromSeconds(20)) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            var took = TimeProvider.System.GetElapsedTime(sent);
            slowest = took > slowest ? took : slowest;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{Backlog} messages wait for a slow next hop; others took at most {slowest.TotalMilliseconds:F0} ms");
        Assert.True(slowest < TimeSpan.FromSeconds(1), $"it took {slowest}");
    }

    private static async Task SendAsync(int port, int client)
    {
        for (var sent = 0; sent < Backlog / Clients;)
        {
            await using var connection = await SmtpConnection.OpenAsync(port);
            await connection.ExpectAsync("EHLO localhost", "250");
            for (var i = 0; i < 100 && sent < Backlog / Clients; i++, sent++)
            {
                Assert.StartsWith("250 2.0.0 Ok: queued as", await connection.SendAsync("joe@localhost", $"r{client}.{sent}@slow.test", "Subject: slow\r\n\r\ntext"), StringComparison.Ordinal);
            }
        }
    }
}
