using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>What fails in one pass over the recipients of a message is one report, and none is lost.</summary>
public sealed class ReportPassTests
{
    private static readonly string[] Three = ["x@one.test", "y@two.test", "z@three.test"];

    private readonly Dictionary<string, TaskCompletionSource<DeliveryAction>> _answers = Three.ToDictionary(address => address.Split('@')[1], _ => new TaskCompletionSource<DeliveryAction>());

    [Theory]
    [InlineData("one.test", "two.test", "three.test")]
    [InlineData("three.test", "one.test", "two.test")]
    public async Task Failures_at_several_destinations_are_one_report(params string[] order)
    {
        await using var server = await StartAsync();
        var id = await server.SendAsync("a@sender.test", Three);
        await AnswerAsync(server, id, DeliveryAction.Failed, order[..^1]);
        Assert.Empty(server.Deliverer.Reports);

        _answers[order[^1]].SetResult(DeliveryAction.Failed);
        await server.UntilGoneAsync(id);

        var report = Assert.Single(server.Deliverer.Reports);
        Assert.Equal(Three, report.Recipients.Select(pair => pair.Recipient.Address.ToString()).OrderBy(address => Array.IndexOf(Three, address)));
        Assert.All(report.Recipients, pair => Assert.Equal(("550 no", DeliveryAction.Failed), (pair.Outcome.RemoteReply, pair.Outcome.Action)));
        await TestServer.UntilAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.EndsWith($"{id}: removed", StringComparison.Ordinal))));
        Assert.Single(server.Log.Lines, line => line.Contains($"bounce: {id}: sender non-delivery notification: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failure_is_reported_when_the_others_are_delivered_or_deferred()
    {
        await using var server = await StartAsync();
        var id = await server.SendAsync("a@sender.test", Three);
        await AnswerAsync(server, id, DeliveryAction.Failed, "one.test");
        await AnswerAsync(server, id, DeliveryAction.Deferred, "two.test");
        Assert.Empty(server.Deliverer.Reports);

        _answers["three.test"].SetResult(DeliveryAction.Delivered);
        await TestServer.UntilAsync(() => Task.FromResult(!server.Deliverer.Reports.IsEmpty));
        await server.UntilStateAsync(id, RecipientState.Bounced);

        Assert.Equal("x@one.test", Assert.Single(Assert.Single(server.Deliverer.Reports).Recipients).Recipient.Address.ToString());
        Assert.Equal(RecipientState.Deferred, (await server.RecipientAsync(id, 1)).State);
    }

    [Fact]
    public async Task Failure_waits_five_minutes_for_a_slow_attempt_and_no_longer()
    {
        await using var server = await StartAsync();
        var id = await server.SendAsync("a@sender.test", Three);
        await AnswerAsync(server, id, DeliveryAction.Failed, "one.test", "two.test");
        server.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(2));
        Assert.Empty(server.Deliverer.Reports);

        await AdvanceToReportAsync(server);
        await server.UntilStateAsync(id, RecipientState.Bounced);
        Assert.Equal(["x@one.test", "y@two.test"], Assert.Single(server.Deliverer.Reports).Recipients.Select(pair => pair.Recipient.Address.ToString()).Order());

        _answers["three.test"].SetResult(DeliveryAction.Failed);
        await server.UntilGoneAsync(id);
        Assert.Equal("z@three.test", Assert.Single(server.Deliverer.Reports.Last().Recipients).Recipient.Address.ToString());
        Assert.Equal(2, server.Deliverer.Reports.Count);
    }

    [Fact]
    public async Task Failure_that_was_not_reported_before_a_restart_is_reported_after_it_and_not_tried_again()
    {
        await using var server = await StartAsync();
        server.Deliverer.Shape = outcome => outcome with { RemoteHost = "mx" };
        var id = await server.SendAsync("a@sender.test", Three);
        await AnswerAsync(server, id, DeliveryAction.Failed, "one.test");
        var stored = (await server.RecipientAsync(id)).Failure;

        await server.RestartAsync();
        await AdvanceToReportAsync(server);
        await server.UntilStateAsync(id, RecipientState.Bounced);

        var (recipient, outcome) = Assert.Single(Assert.Single(server.Deliverer.Reports).Recipients);
        Assert.Equal("x@one.test", recipient.Address.ToString());
        Assert.Equal(stored, outcome);
        Assert.Equal(new RecipientOutcome { Recipient = 0, Action = DeliveryAction.Failed, Status = new(5, 1, 1), Text = "host mx said: 550 no", RemoteReply = "550 no", RemoteHost = "mx", Relay = "mx[192.0.2.9]:25" }, outcome);
        while (server.Deliverer.TryNext(out var attempt)) Assert.NotEqual((id, "one.test"), (attempt.Id, attempt.Route.NextHop));
    }

    [Fact]
    public async Task Report_that_can_not_be_made_is_made_later_and_the_recipient_not_tried_again()
    {
        await using var server = await StartAsync();
        server.Deliverer.Queue = null; // so that making one throws
        _answers["one.test"].SetResult(DeliveryAction.Failed);
        var id = await server.SendAsync("a@sender.test", Three[0]);
        await server.UntilStateAsync(id, RecipientState.Deferred, 1);
        Assert.Equal("550 no", (await server.RecipientAsync(id)).Failure?.RemoteReply);

        server.Deliverer.Queue = server.Queue;
        await AdvanceToReportAsync(server, count: 2);
        await server.UntilGoneAsync(id);
        Assert.Equal(id, (await server.Deliverer.NextAsync()).Id);
        Assert.Equal("a@sender.test", (await server.Deliverer.NextAsync()).Recipients[0].Address.ToString());
    }

    [Fact]
    public async Task Failure_that_is_held_is_reported_when_it_is_released()
    {
        await using var server = await StartAsync();
        var id = await server.SendAsync("a@sender.test", Three);
        await AnswerAsync(server, id, DeliveryAction.Failed, "one.test");
        Assert.Equal(1, await server.Queue.Administration.HoldAsync(id, new QueueFilter { Recipient = "x@one.test" }, "look", null, default));
        await AnswerAsync(server, id, DeliveryAction.Delivered, "two.test", "three.test");
        Assert.Empty(server.Deliverer.Reports);

        await server.Queue.Administration.ReleaseAsync(id, new QueueFilter(), default);
        await server.UntilGoneAsync(id);
        Assert.Single(server.Deliverer.Reports);
    }

    [Fact]
    public async Task Failure_that_is_deleted_is_not_reported()
    {
        await using var server = await StartAsync();
        var id = await server.SendAsync("a@sender.test", Three);
        await AnswerAsync(server, id, DeliveryAction.Failed, "one.test");
        await server.Queue.Administration.DeleteAsync(id, new QueueFilter { Recipient = "x@one.test" }, default);
        await AnswerAsync(server, id, DeliveryAction.Delivered, "two.test", "three.test");
        await server.UntilGoneAsync(id);
        Assert.Empty(server.Deliverer.Reports);
    }

    [Fact]
    public async Task Delays_at_several_destinations_are_one_warning()
    {
        await using var server = await StartAsync(settings => settings with { DelayWarningTime = TimeSpan.FromMinutes(4) });
        var second = new TaskCompletionSource<DeliveryAction>();
        var isLate = false;
        server.Deliverer.Deliver = attempt => attempt.Route.NextHop == "sender.test" ? Task.FromResult(DeliveryAction.Delivered) : Volatile.Read(ref isLate) ? second.Task : Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@sender.test", Three);
        foreach (var number in Enumerable.Range(0, 3)) await TestServer.UntilAsync(async () => (await server.RecipientAsync(id, number)).State == RecipientState.Deferred);

        isLate = true;
        server.Time.Advance(TimeSpan.FromMinutes(6)); // beyond the scatter: all of them are due
        await TestServer.UntilAsync(() => Task.FromResult(server.Deliverer.Count == 6)); // each a second time, all under way
        second.SetResult(DeliveryAction.Deferred);
        await TestServer.UntilAsync(async () => await server.Queue.Administration.FindAsync(id, default) is { } entry && entry.Recipients.All(recipient => recipient.DelayReported));

        var report = Assert.Single(server.Deliverer.Reports);
        Assert.Equal(ReportKind.Delay, report.Kind);
        Assert.Equal([0, 1, 2], report.Recipients.Select(pair => pair.Recipient.Number).Order());
    }

    [Fact]
    public async Task Failure_nobody_is_to_hear_of_does_not_wait()
    {
        await using var server = await StartAsync();
        var id = await server.SendAsync("", Three);
        await AnswerAsync(server, id, DeliveryAction.Failed, "one.test");
        Assert.Equal(RecipientState.Bounced, (await server.RecipientAsync(id)).State);
        Assert.Empty(server.Deliverer.Reports);
    }

    private Task<TestServer> StartAsync(Func<QueueSettings, QueueSettings>? change = null) => StartedAsync(TestServer.StartAsync(change));

    private async Task<TestServer> StartedAsync(Task<TestServer> starting)
    {
        var server = await starting;
        server.Deliverer.Deliver = attempt => _answers.TryGetValue(attempt.Route.NextHop, out var answer) ? answer.Task : Task.FromResult(DeliveryAction.Delivered);
        return server;
    }

    /// <summary>Lets attempts end one after the other, each when the one before is committed.</summary>
    private async Task AnswerAsync(TestServer server, QueueId id, DeliveryAction action, params string[] hops)
    {
        foreach (var hop in hops)
        {
            var number = Array.FindIndex(Three, address => address.EndsWith(hop, StringComparison.Ordinal));
            await server.UntilActiveAsync(id, number);
            _answers[hop].SetResult(action);
            await TestServer.UntilAsync(async () => await server.Queue.Administration.FindAsync(id, default) is not { } entry || entry.Recipients.All(recipient => recipient.Number != number || recipient.State != RecipientState.Active));
        }
    }

    private static Task AdvanceToReportAsync(TestServer server, int count = 1) => TestServer.UntilAsync(() =>
    {
        if (server.Deliverer.Reports.Count >= count) return Task.FromResult(true);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        return Task.FromResult(false);
    });
}
