using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PolicyMTA.EndToEnd;

/// <summary>sendmail says 0: from then on the message may not be lost, whether the server runs, is killed while it picks up, or is not there at all.</summary>
public sealed partial class SubmissionKillTests
{
    private const int Kills = 12;
    private const int Senders = 3;

    private readonly ConcurrentDictionary<int, byte> _accepted = new();
    private int _last;

    [Fact]
    public async Task Server_that_is_killed_while_drops_arrive_loses_none_and_repeats_only_what_was_in_flight()
    {
        var random = new Random(99);
        await using var server = await RunningServer.StartAsync();
        using var programs = new LegacyPrograms(server);
        using var end = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(() => SendAsync(programs, end.Token))));
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(20, 600)), TimeProvider.System);
            await server.KillAsync();
            await server.StartAgainAsync();
        }
        await end.CancelAsync();
        await load;
        // What came while nobody was there counts as well.
        await server.KillAsync();
        await SendOneAsync(programs);
        await server.StartAgainAsync();
        await server.PolicymtaAsync("queue", "flush", "--all");

        var delivered = await DeliveredAsync(server);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Kills} kills, {_accepted.Count} submitted, {delivered.Count} delivered in {delivered.Values.Sum()} copies");
        Assert.True(_accepted.Count > Kills, $"only {_accepted.Count} messages were submitted: no load worth the name");
        Assert.Empty(_accepted.Keys.Except(delivered.Keys));
        Assert.InRange(delivered.Values.Sum() - delivered.Count, 0, Kills * 8);
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Root, "maildrop", "aside")));
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Root, "maildrop", "taken")));
    }

    private async Task SendAsync(LegacyPrograms programs, CancellationToken end)
    {
        while (!end.IsCancellationRequested) await SendOneAsync(programs);
    }

    private async Task SendOneAsync(LegacyPrograms programs)
    {
        var number = Interlocked.Increment(ref _last);
        var sent = await programs.RunAsync("sendmail", ["-i", "-f", "bob@example.test", "alice@example.test"], $"Subject: number {number}\n\nend of {number}\n");
        Assert.True(sent.ExitCode == 0, sent.Errors);
        _accepted[number] = 0;
    }

    private async Task<Dictionary<int, int>> DeliveredAsync(RunningServer server)
    {
        var folder = Path.Combine(server.Root, "mail", "example.test", "alice", "new");
        var copies = new Dictionary<int, int>();
        var seen = new HashSet<string>();
        for (var tries = 0; tries < 300; tries++)
        {
            foreach (var file in Directory.EnumerateFiles(folder).Where(seen.Add))
            {
                var message = await File.ReadAllTextAsync(file);
                var number = int.Parse(Subject().Match(message).Groups[1].Value, CultureInfo.InvariantCulture);
                Assert.EndsWith($"end of {number}", message.TrimEnd(), StringComparison.Ordinal);
                copies[number] = copies.GetValueOrDefault(number) + 1;
            }
            if (_accepted.Keys.All(copies.ContainsKey)) return copies;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        return copies;
    }

    [GeneratedRegex("^Subject: number (\\d+)", RegexOptions.Multiline)]
    private static partial Regex Subject();
}
