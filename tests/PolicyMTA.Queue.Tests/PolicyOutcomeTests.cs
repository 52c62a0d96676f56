using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>What an outcome may ask of the queue: a pause, a hold, another route, an end.</summary>
public sealed class PolicyOutcomeTests
{
    [Fact]
    public async Task Pause_of_an_outcome_is_kept_to_the_second()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        server.Deliverer.Shape = outcome => outcome with { RetryAfter = TimeSpan.FromSeconds(37) };
        var id = await server.SendAsync("a@one.example", "b@two.example");
        var first = await server.Deliverer.NextAsync();
        await server.UntilStateAsync(id, RecipientState.Deferred, attempts: 1);
        Assert.Equal(first.At + TimeSpan.FromSeconds(37), (await server.RecipientAsync(id)).Due);
        server.Time.Advance(TimeSpan.FromSeconds(36));
        Assert.False(server.Deliverer.TryNext(out _));
        await server.AdvanceToAttemptAsync(TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(long.MinValue, 0)]
    [InlineData(-1, 0)]
    [InlineData(3650 * TimeSpan.TicksPerDay, 3650 * TimeSpan.TicksPerDay)]
    [InlineData(long.MaxValue, 3650 * TimeSpan.TicksPerDay)]
    public async Task Pause_without_measure_is_held_within_bounds(long asked, long kept)
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Route.NextHop == "two.example" ? DeliveryAction.Deferred : DeliveryAction.Delivered);
        var paused = false;
        server.Deliverer.Shape = outcome =>
        {
            if (outcome.Action != DeliveryAction.Deferred || paused) return outcome;
            paused = true;
            return outcome with { RetryAfter = TimeSpan.FromTicks(asked) };
        };
        var id = await server.SendAsync("a@one.example", "b@two.example");
        if (kept == 0)
        {
            await server.UntilStateAsync(id, RecipientState.Deferred, attempts: 2);
            return;
        }
        var first = await server.Deliverer.NextAsync();
        await server.UntilStateAsync(id, RecipientState.Deferred, attempts: 1);
        Assert.Equal(first.At + TimeSpan.FromTicks(kept), (await server.RecipientAsync(id)).Due);
    }

    [Fact]
    public async Task Hold_of_an_outcome_waits_for_a_person_and_is_no_end()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        server.Deliverer.Shape = outcome => outcome with { Hold = new Verdict.Hold("odd", "review", TimeSpan.FromDays(1)) };
        var id = await server.SendAsync("a@one.example", "b@two.example");
        var attempt = await server.Deliverer.NextAsync();
        await server.UntilStateAsync(id, RecipientState.Held);
        var held = await server.RecipientAsync(id);
        Assert.Equal(("review", attempt.At + TimeSpan.FromDays(1)), (held.HoldName, held.HoldExpires));
        await TestServer.UntilAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.Contains("status=hold (host mx said: 450 later)", StringComparison.Ordinal))));

        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Delivered);
        await server.RestartAsync();
        Assert.True(await server.Queue.Administration.ReleaseAsync(id, new QueueFilter(), default) > 0);
        await server.UntilGoneAsync(id);
        Assert.Empty(server.Deliverer.Reports);
    }

    [Fact]
    public async Task Held_recipient_does_not_expire()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { MaximalQueueLifetime = TimeSpan.Zero });
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        server.Deliverer.Shape = outcome => outcome with { Hold = new Verdict.Hold("odd") };
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilStateAsync(id, RecipientState.Held);
        Assert.Empty(server.Deliverer.Reports);
    }

    [Fact]
    public async Task Another_route_holds_for_all_further_attempts_also_after_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Route = recipient => recipient.RouteOverride is { } way ? new Route("smtp", way) : new Route("smtp", "two.example");
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        server.Deliverer.Shape = outcome => outcome with { Reroute = "smtp:[spare]", RetryAfter = TimeSpan.FromMinutes(5) };
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilStateAsync(id, RecipientState.Deferred, attempts: 1);
        Assert.Equal("smtp:[spare]", (await server.RecipientAsync(id)).RouteOverride);

        await server.RestartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Delivered);
        Assert.Equal("smtp:[spare]", (await server.AdvanceToAttemptAsync(TimeSpan.FromSeconds(10))).Route.NextHop);
        await server.UntilGoneAsync(id);
    }

    [Fact]
    public async Task Recipient_is_given_up_at_the_age_that_its_route_says()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Choose = choice => choice with { Expire = TimeSpan.FromMinutes(2) };
        server.Deliverer.Deliver = attempt => Task.FromResult(attempt.Route.NextHop == "two.example" ? DeliveryAction.Deferred : DeliveryAction.Delivered);
        server.Deliverer.Shape = outcome => outcome.Action == DeliveryAction.Deferred ? outcome with { RetryAfter = TimeSpan.FromSeconds(50) } : outcome;
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilStateAsync(id, RecipientState.Deferred, attempts: 1);
        for (var attempts = 2; attempts <= 4; attempts++)
        {
            Assert.Empty(server.Deliverer.Reports);
            await server.UntilStateAsync(id, RecipientState.Deferred, attempts - 1);
            server.Time.Advance(TimeSpan.FromSeconds(51));
        }
        await server.UntilGoneAsync(id);
        Assert.Equal(ReportKind.Failure, Assert.Single(server.Deliverer.Reports).Kind);
    }

    [Theory]
    [InlineData(DeliveryAction.Delivered)]
    [InlineData(DeliveryAction.Failed)]
    public async Task Recipient_may_be_settled_without_an_attempt(DeliveryAction action)
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Choose = choice => choice.Route.NextHop == "one.example" ? choice : choice with
        {
            Instead = new RecipientOutcome { Recipient = 0, Action = action, Status = new EnhancedStatus((byte)(action == DeliveryAction.Failed ? 5 : 2), 7, 1), Text = "by policy" },
        };
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilGoneAsync(id);
        Assert.Equal(action == DeliveryAction.Failed ? 1 : 0, server.Deliverer.Reports.Count);
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("two.example", StringComparison.Ordinal) && line.Contains("relay=mx", StringComparison.Ordinal));
    }
}
