using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class SchedulerTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Message_is_delivered_from_memory_and_removed_wholly()
    {
        await using var server = await TestServer.StartAsync();

        var id = await server.SendAsync("a@one.example", "b@two.example");
        var attempt = await server.Deliverer.NextAsync();
        await server.UntilGoneAsync(id);

        Assert.Equal(id, attempt.Id);
        Assert.Equal("Received: by us\r\nSubject: x\r\n\r\nhello\r\n", attempt.Text);
        Assert.Equal(0, (await server.Queue.Administration.CountAsync(default)).Values.Sum());
        Assert.Null(await server.Queue.Administration.ReadContentAsync(id, default));
    }

    [Fact]
    public async Task Head_stands_for_the_first_bytes_of_the_content()
    {
        await using var server = await TestServer.StartAsync();

        await server.SendAsync(await Messages.NewAsync(server.Queue, "a@one.example", ["b@two.example"], head: "New: y\r\n") with { ContentOffset = "Subject: x\r\n".Length });

        Assert.Equal("New: y\r\n\r\nhello\r\n", (await server.Deliverer.NextAsync()).Text);
    }

    [Fact]
    public async Task Recipients_that_share_a_route_go_in_one_attempt_up_to_the_limit()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { DefaultLimits = new() { DestinationRecipients = 3 } });
        server.Deliverer.Route = _ => new Route("smtp", "[relay]");

        var id = await server.SendAsync("a@one.example", "1@a.example", "2@b.example", "3@a.example", "4@c.example");
        var sizes = new[] { (await server.Deliverer.NextAsync()).Recipients.Count, (await server.Deliverer.NextAsync()).Recipients.Count };
        await server.UntilGoneAsync(id);

        Assert.Equal([1, 3], sizes.Order());
    }

    [Fact]
    public async Task Changed_relay_host_reaches_what_waits_in_memory()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { DefaultLimits = new() { InitialDestinationConcurrency = 1, DestinationConcurrency = 1 } });
        var answer = new TaskCompletionSource<DeliveryAction>();
        server.Deliverer.Route = _ => new Route("smtp", "[old]");
        server.Deliverer.Deliver = attempt => attempt.Route.NextHop == "[old]" ? answer.Task : Task.FromResult(DeliveryAction.Delivered);
        var stuck = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        var waiting = await server.SendAsync("a@one.example", "c@two.example");
        await server.UntilStateAsync(waiting, RecipientState.Active);

        server.Deliverer.Route = _ => new Route("smtp", "[new]");
        server.Queue.Scheduler.Reroute();

        Assert.Equal("[new]", (await server.Deliverer.NextAsync()).Route.NextHop);
        await server.UntilGoneAsync(waiting);
        answer.SetResult(DeliveryAction.Delivered);
        await server.UntilGoneAsync(stuck);
    }

    [Fact]
    public async Task Deferred_recipient_is_tried_again_after_the_minimal_backoff_and_then_later_and_later()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@one.example", "b@two.example");

        await server.Deliverer.NextAsync();
        var start = server.Time.GetUtcNow();
        for (var attempts = 1; attempts <= 6; attempts++)
        {
            await server.UntilStateAsync(id, RecipientState.Deferred, attempts);
            var now = server.Time.GetUtcNow();
            var pause = (await server.RecipientAsync(id)).Due - now;
            // As long again as the message is old, between 300 s and 4000 s, and ±10 %.
            Assert.InRange(pause.TotalSeconds / Math.Clamp((now - start).TotalSeconds, 300, 4000), 0.85, 1.101); // the fake clock may have moved a step beyond the attempt
            server.Time.Advance(pause - TimeSpan.FromSeconds(1));
            Assert.False(server.Deliverer.TryNext(out _));
            await server.AdvanceToAttemptAsync(Step);
        }
    }

    [Fact]
    public async Task Message_expires_at_the_end_of_its_lifetime_and_its_sender_is_told()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { MaximalQueueLifetime = TimeSpan.FromMinutes(4) });
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Route.NextHop == "two.example" ? DeliveryAction.Deferred : DeliveryAction.Delivered);
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        await server.UntilStateAsync(id, RecipientState.Deferred);

        await server.AdvanceToAttemptAsync(Step);
        await server.UntilGoneAsync(id);

        var report = Assert.Single(server.Deliverer.Reports);
        Assert.Equal((ReportKind.Failure, DeliveryAction.Failed), (report.Kind, report.Recipients[0].Outcome.Action));
        Assert.Equal("one.example", (await server.Deliverer.NextAsync()).Route.NextHop);
        Assert.Contains($"qmgr: {id}: from=<a@one.example>, status=expired, returned to sender", server.Log.Lines);
    }

    [Fact]
    public async Task Failure_is_reported_once_and_the_report_is_delivered()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Route.NextHop == "two.example" ? DeliveryAction.Failed : DeliveryAction.Delivered);

        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        var report = await server.Deliverer.NextAsync();
        await server.UntilGoneAsync(id);
        await server.UntilGoneAsync(report.Id);

        Assert.Equal("a@one.example", report.Recipients[0].Address.ToString());
        Assert.Single(server.Deliverer.Reports);
    }

    [Theory]
    [InlineData("", Notify.Unspecified)]
    [InlineData("a@one.example", Notify.Never)]
    [InlineData("a@one.example", Notify.Success)]
    public async Task Failure_nobody_wants_to_hear_of_is_not_reported(string sender, Notify notify)
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Failed);
        var message = await Messages.NewAsync(server.Queue, sender, ["b@two.example"]);

        await server.SendAsync(message with { Recipients = [message.Recipients[0] with { Parameters = new RecipientParameters { Notify = notify } }] });
        await server.Deliverer.NextAsync();
        await server.UntilGoneAsync(message.Id);

        Assert.Empty(server.Deliverer.Reports);
    }

    [Fact]
    public async Task Report_that_fails_is_not_reported()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Failed);

        await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        var report = await server.Deliverer.NextAsync();
        await server.UntilGoneAsync(report.Id);

        Assert.Single(server.Deliverer.Reports);
    }

    [Fact]
    public async Task Report_that_can_not_be_made_keeps_the_message()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Failed);
        server.Deliverer.Queue = null; // so that making one throws

        var id = await server.SendAsync("a@one.example", "b@two.example");

        await server.UntilStateAsync(id, RecipientState.Deferred, 1);
        Assert.Single(server.Deliverer.Reports);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task Success_is_reported_when_asked_for_unless_the_next_hop_will(bool isPassedOn, int reports)
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Shape = outcome => outcome with { ReportsPassedOn = isPassedOn };
        var message = await Messages.NewAsync(server.Queue, "a@one.example", ["b@two.example"]);

        await server.SendAsync(message with { Recipients = [message.Recipients[0] with { Parameters = new RecipientParameters { Notify = Notify.Success } }] });
        await server.UntilGoneAsync(message.Id);

        Assert.Equal(reports, server.Deliverer.Reports.Count(report => report.Kind == ReportKind.Success));
    }

    [Fact]
    public async Task Delay_is_reported_once()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { DelayWarningTime = TimeSpan.FromMinutes(4) });
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Route.NextHop == "two.example" ? DeliveryAction.Deferred : DeliveryAction.Delivered);
        var id = await server.SendAsync("a@one.example", "b@two.example");

        await server.Deliverer.NextAsync();
        for (var attempts = 1; attempts <= 3; attempts++)
        {
            await server.UntilStateAsync(id, RecipientState.Deferred, attempts);
            while ((await server.AdvanceToAttemptAsync(Step)).Id != id) { }
        }
        await server.UntilStateAsync(id, RecipientState.Deferred, 4);

        Assert.Equal(ReportKind.Delay, Assert.Single(server.Deliverer.Reports).Kind);
        Assert.True((await server.RecipientAsync(id)).DelayReported);
    }

    [Fact]
    public async Task Soft_bounce_keeps_what_would_have_failed()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { SoftBounce = true });
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Failed);

        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilStateAsync(id, RecipientState.Deferred);

        Assert.Empty(server.Deliverer.Reports);
        await TestServer.UntilAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.StartsWith($"smtp: {id}: to=<b@two.example>", StringComparison.Ordinal) && line.Contains("dsn=4.1.1, status=SOFTBOUNCE (host mx said: 550 no)", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Destination_gets_no_more_attempts_at_once_than_it_is_allowed()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { DefaultLimits = new() { InitialDestinationConcurrency = 2, DestinationConcurrency = 3 } });
        var gate = new TaskCompletionSource<DeliveryAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (running, most) = (0, 0);
        server.Deliverer.Deliver = async _ =>
        {
            lock (gate) most = Math.Max(most, ++running);
            await Task.Yield();
            var action = await gate.Task;
            lock (gate) running--;
            return action;
        };

        var ids = new List<QueueId>();
        for (var i = 0; i < 20; i++) ids.Add(await server.SendAsync("a@one.example", "b@two.example"));
        await server.Deliverer.NextAsync();
        await server.Deliverer.NextAsync();
        Assert.Equal(2, most);
        gate.SetResult(DeliveryAction.Delivered);
        foreach (var id in ids) await server.UntilGoneAsync(id);

        Assert.InRange(most, 2, 3);
    }

    [Fact]
    public async Task Full_queue_for_one_domain_delays_no_other()
    {
        await using var server = await TestServer.StartAsync();
        var never = new TaskCompletionSource<DeliveryAction>();
        server.Deliverer.Deliver = attempt => attempt.Route.NextHop == "slow.example" ? never.Task : Task.FromResult(DeliveryAction.Delivered);
        for (var i = 0; i < 1200; i += 200) await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.SendAsync("a@one.example", "b@slow.example")));

        var id = await server.SendAsync("a@one.example", "b@fast.example");

        await server.UntilGoneAsync(id);
        // What exceeds the share of the slow one is not even in memory.
        Assert.InRange((await server.Queue.Administration.CountAsync(default))[RecipientState.Due], 200, 1100);
    }

    [Fact]
    public async Task Backlog_beyond_memory_is_delivered_in_the_end()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        await Task.WhenAll(Enumerable.Range(0, 1500).Select(_ => server.SendAsync("a@one.example", "b@two.example")));

        server.Run();

        await TestServer.UntilAsync(async () => (await server.Queue.Administration.CountAsync(default)).Values.Sum() == 0);
        Assert.Equal(1500, server.Deliverer.Count);
    }

    [Fact]
    public async Task Dead_destination_is_left_alone_for_a_while()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { DefaultLimits = new() { InitialDestinationConcurrency = 1 } });
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        server.Deliverer.Shape = outcome => outcome with { Status = new(4, 4, 1), Text = "connect to mx: Connection refused", RemoteReply = null, Relay = "none" };

        var ids = new List<QueueId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await server.SendAsync("a@one.example", "b@two.example"));
            await server.UntilStateAsync(ids[^1], RecipientState.Deferred);
        }

        Assert.Equal(1, server.Deliverer.Count);
        Assert.Equal("delivery temporarily suspended: connect to mx: Connection refused", (await server.RecipientAsync(ids[4])).LastText);
    }

    [Fact]
    public async Task Deliverer_that_throws_costs_a_deferral()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => throw new InvalidOperationException("bug");

        var id = await server.SendAsync("a@one.example", "b@two.example");

        await server.UntilStateAsync(id, RecipientState.Deferred);
        Assert.Equal(new EnhancedStatus(4, 3, 0), (await server.RecipientAsync(id)).LastStatus);
    }

    [Fact]
    public async Task Route_that_can_not_be_found_costs_a_deferral()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Route = _ => throw new TemporaryFailureException("table is down");

        var id = await server.SendAsync("a@one.example", "b@two.example");

        await server.UntilStateAsync(id, RecipientState.Deferred);
        Assert.Equal("@two.example", (await server.RecipientAsync(id)).Destination);
    }

    [Fact]
    public async Task Wall_clock_that_jumps_a_month_expires_nothing()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilStateAsync(id, RecipientState.Deferred, 1);

        server.Time.Jump = TimeSpan.FromDays(30);
        await server.RestartAsync();
        await server.AdvanceToAttemptAsync(Step);

        await server.UntilStateAsync(id, RecipientState.Deferred, 2);
        Assert.Empty(server.Deliverer.Reports);
    }

    [Fact]
    public async Task What_was_claimed_is_tried_after_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => new TaskCompletionSource<DeliveryAction>().Task;
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        Assert.Equal(RecipientState.Active, (await server.RecipientAsync(id)).State);

        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Delivered);
        await server.RestartAsync();

        Assert.Equal("Received: by us\r\nSubject: x\r\n\r\nhello\r\n", (await server.Deliverer.NextAsync()).Text);
        await server.UntilGoneAsync(id);
    }

    [Fact]
    public async Task Stop_waits_for_the_attempt_under_way()
    {
        await using var server = await TestServer.StartAsync();
        var gate = new TaskCompletionSource<DeliveryAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Deliverer.Deliver = _ => gate.Task;
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();

        var stop = server.Queue.Scheduler.StopAsync(default);
        var later = await server.SendAsync("a@one.example", "c@two.example");
        Assert.False(stop.IsCompleted);
        gate.SetResult(DeliveryAction.Delivered);
        await stop;

        Assert.Null(await server.Queue.Administration.FindAsync(id, default));
        Assert.Equal(RecipientState.Due, (await server.RecipientAsync(later)).State);
    }

    [Fact]
    public async Task Log_lines_have_the_shape_of_Postfix()
    {
        await using var server = await TestServer.StartAsync();
        var message = await Messages.NewAsync(server.Queue, "a@one.example", ["b@two.example"]);

        await server.SendAsync(message with { Recipients = [message.Recipients[0] with { Original = Address.FromInternal("sales@two.example") }] });
        await TestServer.UntilAsync(() => Task.FromResult(server.Log.Lines.Count >= 3));

        Assert.Equal(
            [
                $"qmgr: {message.Id}: from=<a@one.example>, size=38, nrcpt=1 (queue active)",
                $"smtp: {message.Id}: to=<b@two.example>, orig_to=<sales@two.example>, relay=mx[192.0.2.9]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)",
                $"qmgr: {message.Id}: removed",
            ], server.Log.Lines);
    }

    [Theory]
    [InlineData(0.004, "0")]
    [InlineData(0.113, "0.11")]
    [InlineData(3.14, "3.1")]
    [InlineData(45.6, "46")]
    [InlineData(3600, "3600")]
    public void Delays_show_two_digits(double seconds, string text) => Assert.Equal(text, Scheduling.DeliveryLog.Seconds(TimeSpan.FromSeconds(seconds)));
}
