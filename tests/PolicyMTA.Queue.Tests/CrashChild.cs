using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>The other side of <see cref="CrashTests"/> and <see cref="PowerCutTests"/>: the test program started again, which fills a queue until it is killed, or has sent what it was told to.</summary>
internal static class CrashChild
{
    internal const string FolderVariable = "QUEUE_CRASH_FOLDER", SeedVariable = "QUEUE_CRASH_SEED", CountVariable = "QUEUE_CRASH_COUNT";
    private const int Senders = 8;

    internal static async Task FillAsync(string folder)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable(SeedVariable)!, CultureInfo.InvariantCulture);
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out var asked) ? asked : int.MaxValue;
        var queue = await StoreTests.OpenAsync(new QueueSettings { Folder = folder, Node = "crash" });
        var deliverer = new TestDeliverer
        {
            Queue = queue,
            Deliver = attempt =>
            {
                // Every other domain takes its mail, the others put it off.
                if (attempt.Route.NextHop == "later.example") return Task.FromResult(DeliveryAction.Deferred);
                Say($"tried {attempt.Id}");
                return Task.FromResult(DeliveryAction.Delivered);
            },
        };
        var running = queue.Scheduler.RunAsync(deliverer, default);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(queue, seed + sender * 100_000, count / Senders))));
        Assert.False(running.IsCompleted);
    }

    private static async Task SendAsync(MessageQueue queue, int seed, int count)
    {
        for (; count > 0; seed++, count--)
        {
            var size = seed % 7 == 0 ? 100_000 : 500 + seed % 5000;
            var message = await Messages.NewAsync(queue, "", [seed % 2 == 0 ? "a@later.example" : "a@now.example"], Messages.Bytes(size, seed), head: "");
            await queue.CommitAsync(message, default);
            Say(string.Create(CultureInfo.InvariantCulture, $"kept {message.Id} {seed} {size}"));
        }
    }

    private static void Say(string line)
    {
        lock (Console.Out)
        {
            Console.Out.WriteLine(line + " .");
            Console.Out.Flush();
        }
    }
}
