using System.Globalization;

namespace PolicyMTA.Queue.Tests;

/// <summary>The log moves into the database beside the commits, not in their way.</summary>
public sealed class CheckpointTests(ITestOutputHelper output)
{
    private const int Senders = 8, MessagesEach = 350, Size = 24_000;
    private const long Database = 30 << 20, Log = 80 << 20;

    // A session waits no longer than for a slow sync; the machine of a test may be busy.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1), Usual = TimeSpan.FromMilliseconds(250);

    [Fact]
    public async Task Checkpoints_under_load_hold_up_no_commit()
    {
        using var folder = new TemporaryFolder();
        await using var queue = await StoreTests.OpenAsync(new QueueSettings { Folder = folder.Path, HoldAll = true });
        var file = new FileInfo(Path.Combine(folder.Path, "queue.db"));

        var times = (await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(queue, sender))))).SelectMany(each => each).Order().ToList();

        // That the database holds the messages while the queue is open is the checkpoints' work: they happened, and kept the log short.
        file.Refresh();
        var log = new FileInfo(file.FullName + "-wal").Length;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times.Count} commits: median {times[times.Count / 2].TotalMilliseconds:F1} ms, 99 % {times[times.Count * 99 / 100].TotalMilliseconds:F1} ms, longest {times[^1].TotalMilliseconds:F1} ms; database {file.Length >> 20} MB, log {log >> 20} MB"));
        Assert.InRange(file.Length, Database, long.MaxValue);
        Assert.InRange(log, 0, Log);
        Assert.InRange(times[^1], TimeSpan.Zero, Longest);
        Assert.InRange(times[times.Count * 99 / 100], TimeSpan.Zero, Usual);
    }

    private static async Task<List<TimeSpan>> SendAsync(MessageQueue queue, int sender)
    {
        var times = new List<TimeSpan>(MessagesEach);
        var bytes = Messages.Bytes(Size, sender);
        for (var n = 0; n < MessagesEach; n++)
        {
            var message = await Messages.NewAsync(queue, "a@b", ["c@d"], bytes);
            var begun = TimeProvider.System.GetTimestamp();
            await queue.CommitAsync(message, default);
            times.Add(TimeProvider.System.GetElapsedTime(begun));
        }
        return times;
    }
}
