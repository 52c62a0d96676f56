using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>What the scheduler does when the store can't, or when time passes oddly.</summary>
public sealed class StoreTroubleTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Outcome_that_can_not_be_committed_keeps_its_place_until_it_can()
    {
        await using var server = await TestServer.StartAsync(settings => settings with { DefaultLimits = new() { InitialDestinationConcurrency = 1, DestinationConcurrency = 1 } });
        var gate = new TaskCompletionSource<DeliveryAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Deliverer.Deliver = _ => gate.Task;
        var first = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        var second = await server.SendAsync("a@one.example", "c@two.example");

        StoreFile.Break(server);
        gate.SetResult(DeliveryAction.Delivered);
        await TestServer.UntilAsync(() =>
        {
            server.Time.Advance(Step);
            return Task.FromResult(server.Log.Lines.Count(line => line.Contains(first.Value, StringComparison.Ordinal) && line.Contains("can't be kept yet", StringComparison.Ordinal)) >= 3);
        });
        // Neither tried again, nor is its place given away.
        Assert.Equal(1, server.Deliverer.Count);

        StoreFile.Mend(server);
        await TestServer.UntilAsync(async () =>
        {
            server.Time.Advance(Step);
            return await server.Queue.Administration.FindAsync(first, default) is null;
        });
        await server.UntilGoneAsync(second);
        Assert.Equal(2, server.Deliverer.Count);
    }

    [Fact]
    public async Task Outcome_that_was_not_committed_before_the_end_is_tried_again()
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ =>
        {
            StoreFile.Break(server);
            return Task.FromResult(DeliveryAction.Delivered);
        };
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await TestServer.UntilAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.Contains("can't be kept yet", StringComparison.Ordinal))));

        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Delivered);
        await server.RestartAsync(between: () => StoreFile.Mend(server));

        await server.UntilGoneAsync(id);
        Assert.Equal(1, server.Deliverer.Count);
    }

    [Fact]
    public async Task Claim_is_renewed_while_its_attempt_lasts()
    {
        await using var server = await TestServer.StartAsync();
        var gate = new TaskCompletionSource<DeliveryAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Deliverer.Deliver = _ => gate.Task;
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.Deliverer.NextAsync();
        var begun = server.Time.GetUtcNow();
        const string claim = "SELECT claimed_until FROM recipient";
        Assert.Equal(begun.AddHours(1).ToUnixTimeMilliseconds(), StoreFile.Number(server, claim));

        await TestServer.UntilAsync(() =>
        {
            server.Time.Advance(TimeSpan.FromMinutes(1));
            return Task.FromResult(server.Time.GetUtcNow() > begun.AddHours(3) && StoreFile.Number(server, claim) > server.Time.GetUtcNow().AddMinutes(30).ToUnixTimeMilliseconds());
        });

        Assert.Equal(1, server.Deliverer.Count);
        gate.SetResult(DeliveryAction.Delivered);
        await server.UntilGoneAsync(id);
        Assert.Equal(1, server.Deliverer.Count);
    }

    [Theory]
    [InlineData(30, false)]
    [InlineData(-30, false)]
    [InlineData(30, true)]
    [InlineData(-30, true)]
    public async Task Clock_that_jumps_a_month_expires_nothing_and_holds_nothing_back(int days, bool restarts)
    {
        await using var server = await TestServer.StartAsync();
        server.Deliverer.Deliver = _ => Task.FromResult(DeliveryAction.Deferred);
        var id = await server.SendAsync("a@one.example", "b@two.example");
        await server.UntilStateAsync(id, RecipientState.Deferred, 1);
        await server.Deliverer.NextAsync();

        server.Time.Jump = TimeSpan.FromDays(days);
        if (restarts) await server.RestartAsync();
        var monotonic = server.Time.GetTimestamp();
        await server.AdvanceToAttemptAsync(Step);

        await server.UntilStateAsync(id, RecipientState.Deferred, 2);
        Assert.Empty(server.Deliverer.Reports);
        // Soon, by the time that really passes: at most the longest pause, doubled for a busy machine.
        Assert.InRange(server.Time.GetElapsedTime(monotonic), TimeSpan.Zero, TimeSpan.FromSeconds(8000));
    }

    [Fact]
    public async Task Room_is_counted_to_the_byte()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var (fits, tooMuch) = (1L, long.MaxValue / 4);
        // The gauge stands still with the clock.
        while (tooMuch - fits > 1)
        {
            var middle = fits + (tooMuch - fits) / 2;
            if (server.Queue.HasRoomFor(middle)) fits = middle;
            else tooMuch = middle;
        }

        server.Queue.Apply(server.Settings with { MinFree = fits });
        Assert.True(server.Queue.HasRoomFor(0));
        Assert.False(server.Queue.HasRoomFor(1));
        server.Queue.Apply(server.Settings with { MinFree = fits + 1 });
        Assert.False(server.Queue.HasRoomFor(0));
        server.Queue.Apply(server.Settings with { MinFree = fits - 100 });
        Assert.True(server.Queue.HasRoomFor(100));
        Assert.False(server.Queue.HasRoomFor(101));
    }
}
