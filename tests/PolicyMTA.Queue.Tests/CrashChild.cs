using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>The other side of <see cref="CrashTests"/> and <see cref="PowerCutTests"/>: the test program started again, which fills a queue until it is killed, or has sent what it was told to.</summary>
internal static class CrashChild
{
    internal const string FolderVariable = "QUEUE_CRASH_FOLDER", SeedVariable = "QUEUE_CRASH_SEED", CountVariable = "QUEUE_CRASH_COUNT", ListsVariable = "QUEUE_CRASH_LISTS";
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
        if (Environment.GetEnvironmentVariable(ListsVariable) is not null) Expand(deliverer, queue);
        var running = queue.Scheduler.RunAsync(deliverer, default);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(queue, seed + sender * 100_000, count / Senders))));
        Assert.False(running.IsCompleted);
    }

    // A list becomes two members; that they were reached is said when their delivery begins, which a kill may let happen again.
    private static void Expand(TestDeliverer deliverer, MessageQueue queue)
    {
        deliverer.Successors = recipient => recipient.Address.Domain == "lists.example" ? [Members(queue, recipient.Address.Local["list".Length..])] : [];
        deliverer.Deliver = attempt =>
        {
            foreach (var member in attempt.Recipients.Where(recipient => recipient.Address.Domain == "now.example")) Say($"reached {member.Address}");
            return Task.FromResult(DeliveryAction.Delivered);
        };
    }

    private static NewMessage Members(MessageQueue queue, string number)
    {
        var content = queue.CreateContent();
        content.WriteAsync(Messages.Small, default).AsTask().GetAwaiter().GetResult();
        return new NewMessage
        {
            Id = queue.NextId(), Sender = Address.Null, Origin = new MessageOrigin { Kind = OriginKind.Smtp }, Content = content,
            Recipients = [new() { Number = 0, Address = new Address("one" + number, "now.example") }, new() { Number = 1, Address = new Address("two" + number, "now.example") }],
        };
    }

    private static async Task SendAsync(MessageQueue queue, int seed, int count)
    {
        for (; count > 0; seed++, count--)
        {
            var size = seed % 7 == 0 ? 100_000 : 500 + seed % 5000;
            var message = await Messages.NewAsync(queue, "", [Environment.GetEnvironmentVariable(ListsVariable) is not null ? $"list{seed}@lists.example" : seed % 2 == 0 ? "a@later.example" : "a@now.example"], Messages.Bytes(size, seed), head: "");
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
