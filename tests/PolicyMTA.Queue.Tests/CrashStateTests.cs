using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>What each state of a recipient is after a crash: the files as they lie while the server runs, opened by another.</summary>
public sealed class CrashStateTests
{
    private const string Stays = "later@one.example";

    [Fact]
    public async Task Due_recipient_is_due()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var id = await server.SendAsync("a@b", "c@d");

        Assert.Equal(RecipientState.Due, (await AfterCrashAsync(server, id)).Recipients[0].State);
    }

    [Fact]
    public async Task Active_recipient_is_due_or_deferred_as_it_was_before()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = attempt => attempt.Recipients[0].Attempts == 0 && attempt.Recipients[0].Address.ToString() == Stays ? Task.FromResult(DeliveryAction.Deferred) : new TaskCompletionSource<DeliveryAction>().Task;
        var id = await server.SendAsync("a@b", Stays, "c@d");
        await server.UntilStateAsync(id, RecipientState.Deferred, 1);
        while (!(await server.Queue.Administration.FindAsync(id, default))!.Recipients.All(recipient => recipient.State == RecipientState.Active)) server.Time.Advance(TimeSpan.FromSeconds(10));

        var (again, first) = ((await AfterCrashAsync(server, id)).Recipients[0], (await AfterCrashAsync(server, id)).Recipients[1]);

        Assert.Equal((RecipientState.Deferred, 1), (again.State, again.Attempts));
        Assert.Equal((RecipientState.Due, 0), (first.State, first.Attempts));
    }

    [Fact]
    public async Task Deferred_recipient_keeps_its_attempts_its_time_and_its_reason()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@b", "c@d");
        await server.UntilStateAsync(id, RecipientState.Deferred, 1);
        var before = await server.RecipientAsync(id);

        Assert.Equal(before, (await AfterCrashAsync(server, id)).Recipients[0]);
        Assert.Equal((1, "host mx said: 450 later"), (before.Attempts, before.LastText));
    }

    [Fact]
    public async Task Held_recipient_is_held_under_its_name_and_as_long()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var id = await server.SendAsync("a@b", "c@d");
        await server.Queue.Administration.HoldAsync(id, QueueFilter.All, "quarantine", TimeSpan.FromHours(1), default);
        var before = await server.RecipientAsync(id);

        Assert.Equal(before, (await AfterCrashAsync(server, id)).Recipients[0]);
        Assert.Equal((RecipientState.Held, "quarantine"), (before.State, before.HoldName));
    }

    [Fact]
    public async Task Delivered_recipient_is_not_tried_again_while_others_wait()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Recipients[0].Address.ToString() == Stays ? DeliveryAction.Deferred : DeliveryAction.Delivered);
        var id = await server.SendAsync("a@b", "c@d", Stays);
        await TestServer.UntilAsync(async () => (await server.Queue.Administration.FindAsync(id, default))!.Recipients.All(recipient => recipient.State is RecipientState.Delivered or RecipientState.Deferred));

        Assert.Equal([RecipientState.Delivered, RecipientState.Deferred], (await AfterCrashAsync(server, id)).Recipients.Select(recipient => recipient.State));
    }

    [Fact]
    public async Task Bounced_recipient_has_its_report()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Recipients[0].Address.ToString() == "no@d" ? DeliveryAction.Failed : DeliveryAction.Deferred);
        var id = await server.SendAsync("a@b", "no@d", Stays);
        await TestServer.UntilAsync(async () => (await server.Queue.Administration.FindAsync(id, default))!.Recipients.All(recipient => recipient.State is RecipientState.Bounced or RecipientState.Deferred));

        Assert.Equal([RecipientState.Bounced, RecipientState.Deferred], (await AfterCrashAsync(server, id)).Recipients.Select(recipient => recipient.State));
        Assert.Equal(OriginKind.Report, (await AfterCrashAsync(server, Assert.Single(server.Deliverer.Reports).ReportId)).Origin.Kind);
    }

    [Fact]
    public async Task Corrupt_recipient_stays_for_a_person()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var id = await server.SendAsync("a@b", "c@d");
        await server.RestartAsync(between: () => StoreFile.Execute(server, "UPDATE body SET bytes = zeroblob(3)"));
        await server.UntilStateAsync(id, RecipientState.Corrupt);

        Assert.Equal(RecipientState.Corrupt, (await AfterCrashAsync(server, id)).Recipients[0].State);
        Assert.Contains(server.Log.Lines, line => line.Contains(id.Value, StringComparison.Ordinal) && line.Contains("corrupt, set aside", StringComparison.Ordinal));
    }

    private static async Task<QueueEntry> AfterCrashAsync(TestServer server, QueueId id)
    {
        using var copy = new TemporaryFolder();
        foreach (var name in (string[])["queue.db", "queue.db-wal"]) File.Copy(Path.Combine(server.Folder, name), Path.Combine(copy.Path, name));
        await using var queue = await MessageQueue.OpenAsync(server.Settings with { Folder = copy.Path }, server.Time, NullLoggerFactory.Instance, default);
        return (await queue.Administration.FindAsync(id, default))!;
    }
}
