using PolicyMTA.Queue.Scheduling;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>Whose turn it is.</summary>
public sealed class DeliveryLinesTests
{
    private readonly SteppedTime _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DeliveryLines _lines;
    private QueueSettings _settings = new() { Folder = "", Node = "test" };
    private long _ids;

    public DeliveryLinesTests() => _lines = new DeliveryLines(() => _settings, new QueueClock(_time, new StoredClock(null, null, null)));

    [Fact]
    public void Message_to_one_passes_the_rest_of_a_message_to_thousands()
    {
        Limit(new() { InitialDestinationConcurrency = 1, DestinationConcurrency = 1 });
        var large = Enqueue("x.example", jobs: 40);
        var small = Enqueue("x.example");

        Assert.Equal([large, small, large, large], Run(4));
    }

    [Fact]
    public void Higher_priority_has_four_turns_to_one()
    {
        Limit(new() { InitialDestinationConcurrency = 1, DestinationConcurrency = 1 });
        var ids = new Dictionary<QueueId, DeliveryPriority>();
        foreach (var priority in (DeliveryPriority[])[DeliveryPriority.Low, DeliveryPriority.Normal, DeliveryPriority.High])
        {
            for (var i = 0; i < 100; i++) ids.Add(Enqueue("x.example", priority: priority), priority);
        }

        var turns = Run(63).Select(id => ids[id]).ToLookup(priority => priority);

        Assert.Equal(48, turns[DeliveryPriority.High].Count());
        Assert.Equal(12, turns[DeliveryPriority.Normal].Count());
        Assert.Equal(3, turns[DeliveryPriority.Low].Count());
    }

    [Fact]
    public void Destinations_take_turns_however_much_waits_at_one()
    {
        for (var i = 0; i < 100; i++) Enqueue("full.example");
        Enqueue("one.example");

        Assert.Equal(["full.example", "one.example", "full.example"], Begin(3).Select(job => job.Route.NextHop));
    }

    [Fact]
    public void Slow_destinations_leave_a_tenth_of_the_places_to_others()
    {
        Limit(new() { Deliveries = 100, InitialDestinationConcurrency = 20 });
        for (var slow = 0; slow < 30; slow++)
        {
            for (var i = 0; i < 30; i++) Enqueue($"slow{slow}.example");
        }
        Assert.Equal(90, Begin(1000).Count);

        Enqueue("quick.example");
        Assert.Equal("quick.example", Assert.Single(Begin(1000)).Route.NextHop);
        for (var i = 0; i < 30; i++) Enqueue($"other{i}.example");
        Assert.Equal(9, Begin(1000).Count);
    }

    [Fact]
    public void Transport_that_is_full_does_not_hold_up_another()
    {
        Limit(new() { Deliveries = 1 });
        Enqueue("a.example");
        Enqueue("b.example");
        Enqueue("box.example", transport: "virtual");

        Assert.Equal(["a.example", "box.example"], Begin(10).Select(job => job.Route.NextHop));
    }

    [Fact]
    public void Destination_rests_after_each_attempt_and_has_one_at_a_time()
    {
        Limit(new() { DestinationRateDelay = TimeSpan.FromSeconds(5) });
        for (var i = 0; i < 3; i++) Enqueue("a.example");
        var job = Assert.Single(Begin(10));
        _lines.End(job.Route, Now, true, Delivered);

        Assert.Empty(Begin(10));
        Pass(4.999);
        Assert.Empty(Begin(10));
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMilliseconds(1), _lines.FindRousing());
        Pass(0.001);
        Assert.Single(Begin(10));
    }

    [Fact]
    public void Transport_rests_after_each_begin()
    {
        _settings = _settings with { TransportLimits = new Dictionary<string, TransportLimits> { ["slow"] = new() { RateDelay = TimeSpan.FromSeconds(20) } } };
        foreach (var host in (string[])["a.example", "b.example"])
        {
            Enqueue(host, transport: "slow");
            Enqueue(host);
        }

        Assert.Equal(["slow:a.example", "smtp:a.example", "smtp:b.example"], Begin(10).Select(job => job.Route.ToString()).Order());
        Pass(19.9);
        Assert.Empty(Begin(10));
        Pass(0.1);
        Assert.Equal("slow:b.example", Assert.Single(Begin(10)).Route.ToString());
    }

    [Theory]
    [InlineData("1", 5, 6)]
    [InlineData("1/concurrency", 5, 5)]
    [InlineData("0", 5, 5)]
    public void Concurrency_grows_by_its_feedback(string feedback, int before, int after)
    {
        Assert.True(ConcurrencyFeedback.TryParse(feedback, out var positive));
        Limit(new() { PositiveFeedback = positive });
        for (var i = 0; i < 100; i++) Enqueue("a.example");
        var begun = Begin(100);
        Assert.Equal(before, begun.Count);
        _lines.End(begun[0].Route, Now, true, Delivered);
        Assert.Equal(after - before + 1, Begin(100).Count);
    }

    [Fact]
    public void Destination_dies_after_as_many_failed_cohorts_as_it_may()
    {
        Limit(new() { InitialDestinationConcurrency = 1, FailedCohorts = 2 });
        for (var i = 0; i < 5; i++) Enqueue("a.example");
        Assert.Empty(_lines.End(Assert.Single(Begin(10)).Route, Now, false, Refused));
        Assert.Equal(3, _lines.End(Assert.Single(Begin(10)).Route, Now, false, Refused).Count);
        Assert.False(_lines.TryEnqueue([NewJob("a.example", "smtp")], DeliveryPriority.Normal, out var death));
        Assert.Same(Refused, death);
        Pass(300.001);
        Assert.True(_lines.TryEnqueue([NewJob("a.example", "smtp")], DeliveryPriority.Normal, out _));
    }

    [Fact]
    public void Destination_is_dead_from_the_end_of_the_attempt_however_long_its_commit_takes()
    {
        Limit(new() { InitialDestinationConcurrency = 1, FailedCohorts = 1 });
        Enqueue("a.example");
        var job = Assert.Single(Begin(10));
        var ended = Now;
        Pass(299);
        _lines.End(job.Route, ended, false, Refused);
        Pass(1.001);
        Assert.True(_lines.TryEnqueue([NewJob("a.example", "smtp")], DeliveryPriority.Normal, out _));
    }

    [Fact]
    public void Destination_never_dies_where_no_failed_cohort_is_too_many()
    {
        Limit(new() { InitialDestinationConcurrency = 1, FailedCohorts = 0 });
        for (var i = 0; i < 50; i++) Enqueue("a.example");
        for (var i = 0; i < 49; i++) Assert.Empty(_lines.End(Assert.Single(Begin(10)).Route, Now, false, Refused));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("1/")]
    [InlineData("1/speed")]
    [InlineData("one")]
    public void Feedback_of_another_form_is_refused(string text) => Assert.False(ConcurrencyFeedback.TryParse(text, out _));

    private DateTimeOffset Now => _time.GetUtcNow();

    private static RecipientOutcome Delivered { get; } = new() { Recipient = 0, Action = DeliveryAction.Delivered, Status = new(2, 0, 0), Text = "250 ok" };

    private static RecipientOutcome Refused { get; } = new() { Recipient = 0, Action = DeliveryAction.Deferred, Status = new(4, 4, 1), Text = "refused" };

    private void Limit(TransportLimits limits) => _settings = _settings with { DefaultLimits = limits };

    private void Pass(double seconds)
    {
        _time.Monotonic += TimeSpan.FromSeconds(seconds).Ticks;
        _time.Now += TimeSpan.FromSeconds(seconds);
    }

    private QueueId Enqueue(string host, int jobs = 1, string transport = "smtp", DeliveryPriority priority = DeliveryPriority.Normal)
    {
        var job = NewJob(host, transport);
        Assert.True(_lines.TryEnqueue([.. Enumerable.Repeat(job, jobs)], priority, out _));
        return job.Active.Message.Id;
    }

    private Job NewJob(string host, string transport)
    {
        var message = new QueuedMessage
        {
            Id = new QueueId($"{++_ids:D10}"), Arrived = _time.GetUtcNow(), Sender = Address.Null, Origin = new MessageOrigin { Kind = OriginKind.Smtp }, Content = new NoContent(),
        };
        return new Job(new ActiveMessage { Message = message, Entered = default, Activated = default }, new Route(transport, host), []);
    }

    private List<Job> Begin(int most)
    {
        var begun = new List<Job>();
        while (begun.Count < most && _lines.TryBegin(static job => job, out var job)) begun.Add(job);
        return begun;
    }

    private List<QueueId> Run(int count)
    {
        var ran = new List<QueueId>();
        while (ran.Count < count && _lines.TryBegin(static job => job, out var job))
        {
            ran.Add(job.Active.Message.Id);
            _lines.End(job.Route, Now, true, Delivered);
        }
        return ran;
    }
}
