using PolicyMTA.Queue.Scheduling;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class ActiveQueueTests
{
    private static readonly Route Relay = new("smtp", "[relay]");
    private static readonly QueueId Id = new QueueId("1234567890");

    private readonly SteppedTime _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ActiveQueue _active;

    public ActiveQueueTests()
    {
        var settings = new QueueSettings { Folder = "", Node = "test", DefaultLimits = new() { InitialDestinationConcurrency = 1, DestinationConcurrency = 1 } };
        _active = new ActiveQueue(() => settings, new QueueClock(_time, new StoredClock(null, null, null)));
        _active.Start();
    }

    [Fact]
    public void Recipient_deferred_made_due_and_claimed_before_its_attempt_let_it_go_is_tried_again()
    {
        var job = Begin(Claim(attempts: 0));
        var (again, fresh) = _active.Take(Claim(attempts: 1)); // the deferral is committed, and the flush too
        End(job);

        Assert.Equal(1, Assert.Single(fresh).Attempts);
        Assert.True(_active.TryEnqueue([new Job(again, Relay, fresh)], DeliveryPriority.Normal, out _));
        Assert.True(_active.TryBegin(out var next));
        Assert.Equal(1, Assert.Single(next.Recipients).Attempts);
        Assert.Single(_active.Unclaim());
    }

    [Fact]
    public void Recipient_held_and_released_while_it_is_being_tried_is_left_to_that_attempt()
    {
        var job = Begin(Claim(attempts: 0));
        var (_, fresh) = _active.Take(Claim(attempts: 0));
        End(job);

        Assert.Empty(fresh);
        Assert.Empty(_active.Unclaim());
    }

    [Fact]
    public void What_is_being_tried_is_not_withdrawn_and_what_waits_is()
    {
        Begin(Claim(attempts: 0));
        _active.Withdraw(Id, null, finished: 0);
        Assert.Single(_active.Unclaim());

        var waiting = new QueueId("ABCDEF0123");
        Wait(Claim(attempts: 0, waiting));
        _active.Withdraw(waiting, null, finished: 0);
        Assert.Equal(Id, ((QueueChange.Unclaimed)Assert.Single(_active.Unclaim())).Id);
    }

    [Fact]
    public void Stop_waits_for_an_attempt_until_all_it_left_to_do_is_done()
    {
        var job = Begin(Claim(attempts: 0));
        var stopped = _active.StopAsync();
        _active.End(job, _time.GetUtcNow(), isReached: null, outcome: null);
        Assert.False(stopped.IsCompleted);

        _active.Leave();
        Assert.True(stopped.IsCompleted);
    }

    [Fact]
    public void Taking_what_waits_leaves_what_is_being_tried()
    {
        Begin(Claim(attempts: 0));
        var waiting = new QueueId("ABCDEF0123");
        Wait(Claim(attempts: 0, waiting));

        Assert.Equal(waiting, Assert.Single(_active.TakeWaiting()).Active.Message.Id);
        Assert.Empty(_active.TakeWaiting());
        Assert.False(_active.TryBegin(out _));
    }

    private Job Begin(ClaimedMessage claimed)
    {
        Wait(claimed);
        Assert.True(_active.TryBegin(out var job));
        return job;
    }

    private void Wait(ClaimedMessage claimed)
    {
        var (active, fresh) = _active.Take(claimed);
        Assert.True(_active.TryEnqueue([new Job(active, Relay, fresh)], DeliveryPriority.Normal, out _));
    }

    private void End(Job job)
    {
        _active.Forget(job.Active, job.Recipients, finished: 0);
        _active.End(job, _time.GetUtcNow(), isReached: true, outcome: null);
        _active.Leave();
    }

    private ClaimedMessage Claim(int attempts, QueueId? id = null)
    {
        var message = new QueuedMessage
        {
            Id = id ?? Id, Arrived = _time.GetUtcNow(), Sender = Address.Null, Origin = new MessageOrigin { Kind = OriginKind.Smtp }, Content = new NoContent(),
        };
        var recipient = new QueuedRecipient { Number = 0, Address = Address.FromInternal("b@two.example"), Attempts = attempts, Destination = "smtp:[relay]" };
        return new ClaimedMessage(message, _time.GetUtcNow(), [recipient], OpenRecipients: 1);
    }
}
