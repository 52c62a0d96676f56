using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace PolicyMTA.EndToEnd;

/// <summary>What a crash in the middle of a load may cost: nothing that was acknowledged.</summary>
public sealed partial class KillTests
{
    private const int DefaultKills = 50;
    private const int Sessions = 8;
    private static readonly TimeSpan ShortestLoad = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestLoad = TimeSpan.FromMilliseconds(700);
    private static readonly string Body = string.Concat(Enumerable.Repeat("A line of seventy characters, so that a message has a size worth tearing.\r\n", 50));

    private readonly ConcurrentDictionary<int, byte> _acknowledged = new();
    private int _last;

    [Fact]
    public async Task A_kill_in_the_middle_of_a_load_loses_nothing_that_was_acknowledged()
    {
        var kills = int.TryParse(Environment.GetEnvironmentVariable("POLICYMTA_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : DefaultKills;
        var random = new Random(4711);
        await using var server = await RunningServer.StartAsync();
        for (var kill = 0; kill < kills; kill++)
        {
            if (kill > 0) await server.StartAgainAsync();
            using var end = new CancellationTokenSource();
            var load = Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => Task.Run(() => LoadAsync(server.Smtp, end.Token))));
            await Task.Delay(ShortestLoad + (LongestLoad - ShortestLoad) * random.NextDouble(), TimeProvider.System);
            await server.KillAsync();
            await end.CancelAsync();
            await load;
        }
        await server.StartAgainAsync();
        await server.PolicymtaAsync("queue", "flush", "--all");

        var delivered = await DeliveredAsync(server);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {_acknowledged.Count} acknowledged, {delivered.Count} delivered in {delivered.Values.Sum()} copies");
        Assert.True(_acknowledged.Count > kills * 10, $"only {_acknowledged.Count} messages were acknowledged: no load worth the name");
        Assert.Empty(_acknowledged.Keys.Except(delivered.Keys));
        // A crash may repeat what was in flight, and no more than that.
        Assert.All(delivered.Values, copies => Assert.InRange(copies, 1, 1 + kills));
    }

    private async Task LoadAsync(int port, CancellationToken end)
    {
        try
        {
            await using var connection = await SmtpConnection.OpenAsync(port);
            await connection.ExpectAsync("EHLO load.test", "250");
            while (!end.IsCancellationRequested)
            {
                var number = Interlocked.Increment(ref _last);
                if ((await connection.SendAsync("joe@localhost", "alice@example.test", $"Subject: number {number}\r\n\r\n{Body}end of {number}")).StartsWith("250 ", StringComparison.Ordinal)) _acknowledged[number] = 0;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server was killed: that is the test.
        }
    }

    /// <summary>How often each message is in the mailbox; every one of them whole.</summary>
    private async Task<Dictionary<int, int>> DeliveredAsync(RunningServer server)
    {
        var folder = Path.Combine(server.Root, "mail", "example.test", "alice", "new");
        var copies = new Dictionary<int, int>();
        var seen = new HashSet<string>();
        for (var tries = 0; tries < 600; tries++)
        {
            foreach (var file in Directory.EnumerateFiles(folder).Where(seen.Add)) Count(copies, await File.ReadAllTextAsync(file));
            if (_acknowledged.Keys.All(copies.ContainsKey)) return copies;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        return copies;
    }

    private static void Count(Dictionary<int, int> copies, string message)
    {
        var number = int.Parse(Subject().Match(message).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.EndsWith($"end of {number}", message.TrimEnd(), StringComparison.Ordinal);
        copies[number] = copies.GetValueOrDefault(number) + 1;
    }

    [GeneratedRegex("^Subject: number (\\d+)", RegexOptions.Multiline)]
    private static partial Regex Subject();
}
