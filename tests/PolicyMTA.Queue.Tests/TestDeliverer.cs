using System.Collections.Concurrent;
using System.Threading.Channels;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

/// <summary>Says what the test tells it to, and keeps what it was asked.</summary>
internal sealed class TestDeliverer : IDeliverer
{
    internal sealed record Attempt(QueueId Id, Route Route, IReadOnlyList<QueuedRecipient> Recipients, string Text, DateTimeOffset At);

    private readonly Channel<Attempt> _attempts = Channel.CreateUnbounded<Attempt>();

    internal MessageQueue? Queue { get; set; }
    internal TimeProvider Time { get; set; } = TimeProvider.System;
    internal Func<QueuedRecipient, Route> Route { get; set; } = recipient => new Route("smtp", recipient.Address.Domain);
    internal Func<RouteChoice, RouteChoice> Choose { get; set; } = choice => choice;
    internal Func<QueuedMessage, DeliveryPriority> Priority { get; set; } = _ => DeliveryPriority.Normal;
    internal Func<Attempt, Task<DeliveryAction>> Deliver { get; set; } = _ => Task.FromResult(DeliveryAction.Delivered);
    internal Func<RecipientOutcome, RecipientOutcome> Shape { get; set; } = outcome => outcome;
    internal Func<QueuedRecipient, IReadOnlyList<NewMessage>> Successors { get; set; } = _ => [];
    internal ConcurrentQueue<ReportRequest> Reports { get; } = new();
    internal int Count { get; private set; }

    internal async Task<Attempt> NextAsync() => await _attempts.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    internal bool TryNext(out Attempt attempt) => _attempts.Reader.TryRead(out attempt!);

    public ValueTask<RouteChoice> RouteAsync(QueuedMessage message, QueuedRecipient recipient, CancellationToken cancellationToken) => new(Choose(new RouteChoice(Route(recipient), Priority(message))));

    public async ValueTask<IReadOnlyList<RecipientOutcome>> DeliverAsync(QueuedMessage message, IReadOnlyList<QueuedRecipient> recipients, Route route, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(message.Id, route, recipients, await Messages.ReadAsync(message.Content), Time.GetUtcNow());
        lock (_attempts) Count++;
        _attempts.Writer.TryWrite(attempt);
        var action = await Deliver(attempt).WaitAsync(cancellationToken);
        return [.. recipients.Select(recipient => Shape(Outcome(recipient.Number, action) with { Successors = action == DeliveryAction.Delivered ? Successors(recipient) : [] }))];
    }

    public async ValueTask<NewMessage?> ReportAsync(ReportRequest request, CancellationToken cancellationToken)
    {
        Reports.Enqueue(request);
        return await Messages.NewAsync(Queue!, "", [request.Message.Sender.ToString()], id: request.ReportId) with { Origin = new MessageOrigin { Kind = OriginKind.Report } };
    }

    private static RecipientOutcome Outcome(int recipient, DeliveryAction action) => action switch
    {
        DeliveryAction.Delivered => new() { Recipient = recipient, Action = action, Status = new(2, 0, 0), Text = "250 ok", RemoteReply = "250 ok", Relay = "mx[192.0.2.9]:25" },
        DeliveryAction.Deferred => new() { Recipient = recipient, Action = action, Status = new(4, 2, 0), Text = "host mx said: 450 later", RemoteReply = "450 later", Relay = "mx[192.0.2.9]:25" },
        _ => new() { Recipient = recipient, Action = action, Status = new(5, 1, 1), Text = "host mx said: 550 no", RemoteReply = "550 no", Relay = "mx[192.0.2.9]:25" },
    };
}
