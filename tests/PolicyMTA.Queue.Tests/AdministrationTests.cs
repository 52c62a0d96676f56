using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class AdministrationTests
{
    [Fact]
    public async Task Held_message_waits_until_it_is_released()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { HoldAll = true });
        var id = await server.SendAsync("a@one.example", "b@two.example");
        Assert.Equal(RecipientState.Held, (await server.RecipientAsync(id)).State);

        Assert.Equal(1, await server.Queue.Administration.ReleaseAsync(id, QueueFilter.All, default));

        Assert.Equal(id, (await server.Deliverer.NextAsync()).Id);
    }

    [Fact]
    public async Task Hold_ends_by_itself()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Queue.Administration.HoldAsync(id, QueueFilter.All, "greylist", TimeSpan.FromMinutes(10), default);
        var start = server.Time.GetUtcNow();
        var recipient = await server.RecipientAsync(id);
        Assert.InRange((recipient.HoldExpires!.Value - start).TotalSeconds, 599, 601);
        server.Run();

        var attempt = await server.AdvanceToAttemptAsync(TimeSpan.FromSeconds(10));

        // The fake clock runs ahead of a busy machine: late is no mistake, early is.
        Assert.InRange((attempt.At - start).TotalSeconds, 600, 1800);
    }

    [Fact]
    public async Task Message_that_waits_in_memory_can_be_held_and_released()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { DefaultLimits = new() { InitialDestinationConcurrency = 1, DestinationConcurrency = 1 } });
        var gate = new TaskCompletionSource<DeliveryAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Deliverer.Deliver = _ => gate.Task;
        await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        var id = await server.SendAsync("a@one.example", "c@two.example");

        await server.Queue.Administration.HoldAsync(id, QueueFilter.All, "why", null, default);
        gate.SetResult(DeliveryAction.Delivered);
        var third = await server.SendAsync("a@one.example", "d@two.example");
        Assert.Equal(third, (await server.Deliverer.NextAsync()).Id);
        Assert.Equal((RecipientState.Held, "why"), (await server.RecipientAsync(id) is var held ? (held.State, held.HoldName) : default));

        await server.Queue.Administration.ReleaseAsync(id, QueueFilter.All, default);
        Assert.Equal(id, (await server.Deliverer.NextAsync()).Id);
    }

    [Fact]
    public async Task Flush_tries_everything_now()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        await server.UntilStateAsync(id, RecipientState.Deferred);

        Assert.Equal(1, await server.Queue.Administration.FlushAsync(null, QueueFilter.All, default));

        Assert.Equal(id, (await server.Deliverer.NextAsync()).Id);
        await server.UntilStateAsync(id, RecipientState.Deferred, 2);
    }

    [Fact]
    public async Task Deleted_message_is_gone_without_a_report()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@one.example", "b@two.example", "c@three.example");
        await server.UntilStateAsync(id, RecipientState.Deferred);
        await TestServer.UntilAsync(async () => (await server.RecipientAsync(id, 1)).State == RecipientState.Deferred);

        Assert.Equal(1, await server.Queue.Administration.DeleteAsync(id, QueueFilter.All, default));

        Assert.Null(await server.Queue.Administration.FindAsync(id, default));
        Assert.Empty(server.Deliverer.Reports);
        Assert.Contains($"qmgr: {id}: removed", server.Log.Lines);
    }

    [Fact]
    public async Task Message_deleted_while_it_is_tried_stays_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var gate = new TaskCompletionSource<DeliveryAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Deliverer.Deliver = _ => gate.Task;
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();

        await server.Queue.Administration.DeleteAsync(id, QueueFilter.All, default);
        gate.SetResult(DeliveryAction.Deferred);
        await server.Queue.Scheduler.StopAsync(default);

        Assert.Null(await server.Queue.Administration.FindAsync(id, default));
    }

    [Fact]
    public async Task Filters_choose_recipients()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var first = await server.SendAsync("a@one.example", "b@two.example", "c@three.example");
        var second = await server.SendAsync("", "d@Three.example");

        Assert.Equal([second], await ListAsync(new QueueFilter { Sender = "" }));
        Assert.Equal([first, second], await ListAsync(new QueueFilter { Domain = "three.EXAMPLE" }));
        Assert.Equal([first], await ListAsync(new QueueFilter { Recipient = "B@two.example" }));
        Assert.Empty(await ListAsync(new QueueFilter { State = RecipientState.Held }));
        Assert.Equal(1, await server.Queue.Administration.HoldAsync(null, new QueueFilter { Domain = "two.example" }, "x", null, default));
        Assert.Equal((RecipientState.Held, RecipientState.Due), ((await server.RecipientAsync(first)).State, (await server.RecipientAsync(first, 1)).State));

        async Task<List<QueueId>> ListAsync(QueueFilter filter)
        {
            var ids = new List<QueueId>();
            await foreach (var entry in server.Queue.Administration.ListAsync(filter, default)) ids.Add(entry.Id);
            return ids;
        }
    }
}
