using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class ReturnAndRequeueTests
{
    private static readonly EnhancedStatus Status = new(5, 4, 7);

    [Fact]
    public async Task Returned_message_leaves_with_one_report()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { SoftBounce = true });
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Recipients[0].Address.Domain == "one.example" ? DeliveryAction.Delivered : DeliveryAction.Deferred);
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilStateAsync(id, RecipientState.Deferred);

        Assert.Equal(1, await server.Queue.Administration.BounceAsync(id, QueueFilter.All, Status, "enough", default));

        await server.UntilGoneAsync(id);
        Assert.Contains(server.Log.Lines, line => line.Contains("status=bounced (enough)", StringComparison.Ordinal));
        Assert.Single(server.Log.Lines, line => line.Contains($"{id}: sender non-delivery notification", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_being_tried_is_not_returned()
    {
        await using var server = await TestServer.StartAsync();
        var gate = new TaskCompletionSource<DeliveryAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Deliverer.Deliver = _ => gate.Task;
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();

        Assert.Equal(0, await server.Queue.Administration.BounceAsync(id, QueueFilter.All, Status, "enough", default));
        gate.SetResult(DeliveryAction.Delivered);

        await server.UntilGoneAsync(id);
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("notification", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requeued_message_has_a_new_id_new_recipients_its_content_and_its_age()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilStateAsync(id, RecipientState.Deferred);
        var entered = (await server.Queue.Administration.FindAsync(id, default))!.Entered;
        server.Time.Advance(TimeSpan.FromSeconds(100));

        var count = await server.Queue.Administration.RequeueAsync(id, QueueFilter.All, (_, _) => new([Address.FromInternal("c@three.example"), Address.FromInternal("d@three.example")]), default);

        Assert.Equal(1, count);
        Assert.Null(await server.Queue.Administration.FindAsync(id, default));
        var entry = Assert.Single(await ListAsync(server));
        Assert.True(entry.Id.CompareTo(id) > 0);
        Assert.Equal((entered, "b@two.example"), (entry.Entered, entry.Recipients[0].Original!.ToString()));
        Assert.Equal(["c@three.example", "d@three.example"], entry.Recipients.Select(recipient => recipient.Address.ToString()));
        var content = await Messages.ReadAsync((await server.Queue.Administration.ReadContentAsync(entry.Id, default))!);
        Assert.Equal("Received: by us\r\nSubject: x\r\n\r\nhello\r\n", content);
    }

    [Fact]
    public async Task Requeueing_everything_ends()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        for (var i = 0; i < 3; i++) await server.SendAsync("a@one.example", "b@two.example");

        Assert.Equal(3, await server.Queue.Administration.RequeueAsync(null, QueueFilter.All, (address, _) => new([address]), default));

        Assert.Equal(3, (await ListAsync(server)).Count);
    }

    private static async Task<List<QueueEntry>> ListAsync(TestServer server)
    {
        var entries = new List<QueueEntry>();
        await foreach (var entry in server.Queue.Administration.ListAsync(QueueFilter.All, default)) entries.Add(entry);
        return entries;
    }
}
