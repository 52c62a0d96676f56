using System.Globalization;
using PolicyMTA.EndToEnd;

namespace PolicyMTA.Crash;

/// <summary>
/// Kills the server at random moments under a mixed load and counts: nothing that was acknowledged is lost or torn, and no more is repeated than was in flight. The
/// variable <c>POLICYMTA_KILLS</c> sets the number of kills, <c>POLICYMTA_SEED</c> repeats the moments of a run.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int DefaultKills = 10, DiskMegabytes = 96, Megabyte = 1 << 20, StartsKilled = 8, DrainedEvery = 10;
    private static readonly TimeSpan ShortestLoad = TimeSpan.FromMilliseconds(50), LongestLoad = TimeSpan.FromMilliseconds(1200);

    private static int Kills => Variable("POLICYMTA_KILLS") ?? DefaultKills;

    [Fact]
    public async Task Kills_under_a_mixed_load_lose_nothing_and_repeat_only_what_was_in_flight()
    {
        var seed = Seed();
        var random = new Random(seed);
        await using var server = new CrashedServer();
        await server.SetUpAsync();
        var load = new Load(server.Ledger);
        for (var kill = 0; kill < Kills; kill++)
        {
            if (random.Next(StartsKilled) == 0) await server.StartAndKillAsync(server.StartTime * random.NextDouble());
            else await RunAndKillAsync(server, load, random, _ => Task.CompletedTask);
        }
        await server.StartAsync();
        Check(server, await server.DrainAsync(), Kills, seed);
    }

    [Fact]
    public async Task Kills_while_the_disk_fills_lose_nothing_and_repeat_only_what_was_in_flight()
    {
        var kills = Math.Max(4, Kills / 5);
        var seed = Seed();
        var random = new Random(seed);
        await using var server = new CrashedServer();
        await server.SetUpAsync();
        await using var disk = await SmallDisk.OverAsync(server.QueueFolder, DiskMegabytes);
        var load = new Load(server.Ledger);
        // A slow machine may need more rounds to fill it.
        for (var kill = 0; kill < kills || (server.Ledger.Refused == 0 && kill < kills + 20); kill++)
        {
            await RunAndKillAsync(server, load, random, async length =>
            {
                await Task.Delay(length * random.NextDouble() / 2, TimeProvider.System);
                await FillAsync(disk, random.Next(2 * Megabyte));
                if (random.Next(2) == 0) return;
                await Task.Delay(length * random.NextDouble() / 2, TimeProvider.System);
                disk.Free();
            });
            disk.Free();
            // What is held and deferred would fill so small a disk by itself.
            if (kill % DrainedEvery != DrainedEvery - 1) continue;
            await server.StartAsync();
            await server.UntilEmptyAsync();
            await server.KillAsync();
        }
        await server.StartAsync();
        var account = await server.DrainAsync();
        Check(server, account, kills, seed);
        Assert.True(server.Ledger.Refused > 0, "the disk never was full");
    }

    private static async Task RunAndKillAsync(CrashedServer server, Load load, Random random, Func<TimeSpan, Task> meanwhile)
    {
        await server.StartAsync();
        using var end = new CancellationTokenSource();
        var length = ShortestLoad + (LongestLoad - ShortestLoad) * random.NextDouble();
        var sending = load.RunAsync(server.Smtp, random.Next(), end.Token);
        var trouble = meanwhile(length);
        await Task.Delay(length, TimeProvider.System);
        await server.KillAsync();
        await end.CancelAsync();
        await Task.WhenAll(sending, trouble);
    }

    private static async Task FillAsync(SmallDisk disk, long rest)
    {
        try { await disk.FillAsync(rest); }
        catch (IOException) { } // the server took the last of it
    }

    private void Check(CrashedServer server, Account account, int kills, int seed)
    {
        var figures = string.Create(CultureInfo.InvariantCulture, $"{kills} kills (POLICYMTA_SEED={seed}): {server.Ledger.Letters} letters to {account.Acknowledged} recipients acknowledged, {server.Ledger.Refused} refused; {account.Delivered} delivered, {account.Returned} returned; {account.Repeated} repeated of {account.InFlight} in flight");
        output.WriteLine(figures);
        Assert.True(account.Faults.Count == 0, $"{figures}\n{account.Faults.Count} faults:\n{string.Join('\n', account.Faults.Take(50))}");
        Assert.True(server.Ledger.Letters > kills * 5, $"{figures}: no load worth the name");
        Assert.True(account.Returned > 0 && account.Delivered > account.Returned, figures);
        Assert.InRange(account.Repeated, 0, account.InFlight);
    }

    private static int Seed() => Variable("POLICYMTA_SEED") ?? Random.Shared.Next();

    private static int? Variable(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
