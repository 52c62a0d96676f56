using PolicyMTA.Queue.Scheduling;
using PolicyMTA.Queue.Storage;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>How much of each destination is in memory.</summary>
public sealed class ActiveMessagesTests
{
    private readonly SteppedTime _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly QueueClock _clock;
    private readonly ActiveMessages _messages;
    private long _ids;

    public ActiveMessagesTests()
    {
        _clock = new QueueClock(_time, new StoredClock(null, null, null));
        _messages = new ActiveMessages(static () => new QueueSettings { Folder = "" }, _clock);
    }

    [Fact]
    public void However_many_destinations_are_slow_another_one_finds_room()
    {
        for (var i = 0; i < 150; i++)
        {
            while (_messages.TryAdd(To($"slow{i}.example", 1))) { }
        }

        Assert.True(_messages.TryAdd(To("quick.example", 1)));
        _messages.AddDue("@stored.example", _clock.Now);
        Assert.True(_messages.TryTakeDue(out var destination, out var room));
        Assert.Equal("@stored.example", destination);
        Assert.InRange(room, ActiveMessages.SmallestIntake, ActiveMessages.RecipientLimit / ActiveMessages.IntakeShare);
    }

    [Fact]
    public void Message_to_few_finds_room_where_one_to_many_does_not()
    {
        Assert.True(_messages.TryAdd(To("x.example", ActiveMessages.RecipientLimit / ActiveMessages.IntakeShare)));
        Assert.False(_messages.TryAdd(To("x.example", 11)));
        Assert.True(_messages.TryAdd(To("x.example", 10)));
    }

    [Fact]
    public void Message_beyond_the_limit_of_all_waits_in_the_store()
    {
        for (var i = 0; i < ActiveMessages.RecipientLimit / ActiveMessages.SmallestIntake; i++) _messages.TryAdd(To($"d{i}.example", ActiveMessages.SmallestIntake));

        Assert.False(_messages.TryAdd(To("another.example", ActiveMessages.SmallestIntake)));
        _messages.AddDue("@stored.example", _clock.Now);
        Assert.False(_messages.TryTakeDue(out _, out _));
        Assert.Null(_messages.NextDue);

        // The loader is called when a quarter is free again.
        var woken = 0;
        foreach (var active in _messages.All.ToList())
        {
            foreach (var recipient in active.Pending.ToList()) woken += _messages.Remove(active, recipient) ? 1 : 0;
        }
        Assert.Equal(1, woken);
        Assert.True(_messages.TryTakeDue(out _, out _));
    }

    private ActiveMessage To(string domain, int recipients)
    {
        var message = new QueuedMessage
        {
            Id = new QueueId($"{++_ids:D10}"), Arrived = _time.GetUtcNow(), Sender = Address.Null, Origin = new MessageOrigin { Kind = OriginKind.Smtp }, Content = new NoContent(),
        };
        var pending = Enumerable.Range(0, recipients).Select(n => new QueuedRecipient { Number = n, Address = Address.FromInternal($"r{n}@{domain}"), Destination = "@" + domain }).ToList();
        return new ActiveMessage { Message = message, Entered = default, Activated = default, Pending = pending };
    }
}
