using System.Diagnostics;
using System.Globalization;

namespace PolicyMTA.EndToEnd;

/// <summary>What a server takes of the machine. The bounds are wider than the goals: the machine may be busy.</summary>
public sealed class ResourceTests
{
    private const int Connections = 1000;
    private const long MegaByte = 1 << 20;

    [Fact]
    public async Task It_greets_soon_after_its_start()
    {
        await using var server = await RunningServer.StartAsync();
        await server.StopAsync();
        var watch = Stopwatch.StartNew();
        var starting = server.StartAgainAsync();
        var greeted = await GreetedAfterAsync(server, watch);
        await starting;
        TestContext.Current.TestOutputHelper?.WriteLine($"first banner after {greeted.TotalMilliseconds:F0} ms, ready after {server.StartTime.TotalMilliseconds:F0} ms");
        Assert.InRange(greeted, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_thousand_idle_connections_take_less_than_forty_megabytes()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var warm in await OpenAsync(server, 50)) await warm.DisposeAsync();
        var before = Resident(server.ProcessId);
        var connections = await OpenAsync(server, Connections);
        var taken = Resident(server.ProcessId) - before;
        foreach (var connection in connections) await connection.DisposeAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{Connections} idle connections take {taken / MegaByte} MB over {before / MegaByte} MB");
        Assert.InRange(taken, long.MinValue, 40 * MegaByte);
    }

    [Fact]
    public async Task One_copy_of_sqlite_is_in_the_process()
    {
        Command.Require("swaks");
        await using var server = await RunningServer.StartAsync();
        var result = await Swaks.RunAsync(server.Submission, [.. Swaks.Login(server, "alice"), "--from", "alice@example.test", "--to", "bob@example.test", "--header", "Subject: maps"]);
        Assert.True(result.ExitCode == 0, result.Output);
        await server.MailWithAsync("bob", "Subject: maps");
        var copies = File.ReadLines($"/proc/{server.ProcessId}/maps").Where(line => line.Contains("sqlite3", StringComparison.Ordinal) && line.Contains(".so", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..]).Distinct();
        Assert.Single(copies);
    }

    private static async Task<TimeSpan> GreetedAfterAsync(RunningServer server, Stopwatch watch)
    {
        while (watch.Elapsed < TimeSpan.FromSeconds(30))
        {
            try
            {
                await using var connection = await SmtpConnection.OpenAsync(server.Smtp);
                if (connection.Greeting.StartsWith("220 ", StringComparison.Ordinal)) return watch.Elapsed;
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        }
        throw new TimeoutException("no banner");
    }

    private static async Task<List<SmtpConnection>> OpenAsync(RunningServer server, int count)
    {
        var connections = new List<SmtpConnection>();
        for (var i = 0; i < count; i++)
        {
            connections.Add(await SmtpConnection.OpenAsync(server.Smtp));
            await connections[^1].ExpectAsync("EHLO idle.test", "250");
        }
        return connections;
    }

    private static long Resident(int processId) =>
        1024 * long.Parse(File.ReadLines($"/proc/{processId}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
