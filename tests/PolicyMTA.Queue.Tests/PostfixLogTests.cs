using System.Text.RegularExpressions;
using PolicyMTA.Queue.Scheduling;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>The log of a Postfix whose next hop was down for the whole life of a message, as it was recorded, beside ours: the lines, their fields, and the times of the attempts.</summary>
public sealed partial class PostfixLogTests
{
    // minimal_backoff_time=4s maximal_backoff_time=16s delay_warning_time=10s maximal_queue_lifetime=60s; one line stands for attempts that say the same.
    private const string Recorded = """
        qmgr: B6F2E11C3C5: from=<alice@example.test>, size=445, nrcpt=1 (queue active)
        smtp: B6F2E11C3C5: to=<x@down.test>, relay=none, delay=0.01, delays=0/0/0/0, dsn=4.4.1, status=deferred (connect to mx.down.test[198.51.100.23]:25: Connection refused)
        qmgr: B6F2E11C3C5: from=<alice@example.test>, size=445, nrcpt=1 (queue active)
        smtp: B6F2E11C3C5: to=<x@down.test>, relay=none, delay=4.1, delays=4.1/0/0/0, dsn=4.4.1, status=deferred (connect to mx.down.test[198.51.100.23]:25: Connection refused)
        qmgr: B6F2E11C3C5: from=<alice@example.test>, size=445, nrcpt=1 (queue active)
        smtp: B6F2E11C3C5: to=<x@down.test>, relay=none, delay=8.1, delays=8.1/0.01/0/0, dsn=4.4.1, status=deferred (connect to mx.down.test[198.51.100.23]:25: Connection refused)
        qmgr: B6F2E11C3C5: from=<alice@example.test>, size=445, nrcpt=1 (queue active)
        smtp: B6F2E11C3C5: to=<x@down.test>, relay=none, delay=16, delays=16/0/0/0, dsn=4.4.1, status=deferred (connect to mx.down.test[198.51.100.23]:25: Connection refused)
        bounce: B6F2E11C3C5: sender delay notification: EDA6211C3D3
        qmgr: B6F2E11C3C5: from=<alice@example.test>, size=445, nrcpt=1 (queue active)
        smtp: B6F2E11C3C5: to=<x@down.test>, relay=none, delay=31, delays=31/0/0/0, dsn=4.4.1, status=deferred (connect to mx.down.test[198.51.100.23]:25: Connection refused)
        qmgr: B6F2E11C3C5: from=<alice@example.test>, size=445, nrcpt=1 (queue active)
        smtp: B6F2E11C3C5: to=<x@down.test>, relay=none, delay=47, delays=47/0/0/0, dsn=4.4.1, status=deferred (connect to mx.down.test[198.51.100.23]:25: Connection refused)
        qmgr: B6F2E11C3C5: from=<alice@example.test>, size=445, nrcpt=1 (queue active)
        smtp: B6F2E11C3C5: to=<x@down.test>, relay=none, delay=64, delays=64/0/0/0, dsn=4.4.1, status=deferred (connect to mx.down.test[198.51.100.23]:25: Connection refused)
        qmgr: B6F2E11C3C5: from=<alice@example.test>, status=expired, returned to sender
        bounce: B6F2E11C3C5: sender non-delivery notification: 4933D11C3D5
        qmgr: B6F2E11C3C5: removed
        """;

    private static readonly double[] RecordedAges = [.. DelayField().Matches(Recorded).Select(match => double.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];

    [Fact]
    public void Attempts_are_made_when_Postfix_makes_them()
    {
        var settings = new QueueSettings { Folder = "", MinimalBackoff = TimeSpan.FromSeconds(4), MaximalBackoff = TimeSpan.FromSeconds(16) };
        var start = new DateTimeOffset(2026, 11, 22, 16, 50, 54, TimeSpan.Zero);
        var now = start;
        foreach (var age in RecordedAges)
        {
            Assert.InRange((now - start).TotalSeconds, age - 1.1, age + 1.1); // the log rounds, and so does Postfix's queue run
            now = RetrySchedule.Next(now, now - start, settings, 0.5);
        }
    }

    [Fact]
    public async Task Life_of_a_message_reads_as_in_Postfix()
    {
        // Hours for seconds, so that the steps of the fake clock do not matter; 55 so that the scatter does not.
        await using var server = await TestServer.StartAsync(settings => settings with
        {
            MinimalBackoff = TimeSpan.FromHours(4), MaximalBackoff = TimeSpan.FromHours(16), DelayWarningTime = TimeSpan.FromHours(10), MaximalQueueLifetime = TimeSpan.FromHours(55),
        });
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Route.NextHop == "down.test" ? DeliveryAction.Deferred : DeliveryAction.Delivered);
        server.Deliverer.Shape = outcome => outcome.Action == DeliveryAction.Delivered ? outcome
            : outcome with { Status = new(4, 4, 1), Text = "connect to mx.down.test[198.51.100.23]:25: Connection refused", RemoteReply = null, Relay = "none" };
        var id = await server.SendAsync("alice@example.test", "x@down.test");
        await server.Deliverer.NextAsync();
        for (var attempts = 1; attempts < RecordedAges.Length; attempts++)
        {
            await server.UntilStateAsync(id, RecipientState.Deferred, attempts);
            server.Time.Advance((await server.RecipientAsync(id)).Due - server.Time.GetUtcNow() + TimeSpan.FromMilliseconds(10));
            // The loader may have looked at the clock just before.
            while ((await server.AdvanceToAttemptAsync(TimeSpan.FromSeconds(1))).Id != id) { }
        }
        await server.UntilGoneAsync(id);
        await TestServer.UntilAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.EndsWith($"{id}: removed", StringComparison.Ordinal))));

        var own = server.Log.Lines.Where(line => line.Contains($": {id}: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(Recorded.Split('\n').Select(Mask), own.Select(Mask));
        var delays = DelayField().Matches(string.Join('\n', own)).Select(match => double.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) / 3600).ToList();
        Assert.All(delays.Zip(RecordedAges), pair => Assert.InRange(pair.First, pair.Second * 0.75 - 0.2, pair.Second * 1.25 + 0.2));
    }

    /// <summary>What is another number in every message: ids, sizes, times.</summary>
    private static string Mask(string line) => Number().Replace(Times().Replace(Id().Replace(line.TrimEnd('\r'), "$1#"), "$1=#"), "size=#");

    [GeneratedRegex(@"((?:qmgr|smtp|bounce|notification): )[0-9A-Za-z]+")]
    private static partial Regex Id();

    [GeneratedRegex(@"\b(delays?)=[0-9./]+")]
    private static partial Regex Times();

    [GeneratedRegex(@"\bsize=\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"delay=([0-9.]+)")]
    private static partial Regex DelayField();
}
