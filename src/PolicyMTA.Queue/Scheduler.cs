using System.Threading.Channels;
using PolicyMTA.Queue.Scheduling;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>Decides when each recipient is tried. One per queue.</summary>
public sealed class Scheduler : IDisposable
{
    // A slow routing table must not hold up those recipients that need none.
    private const int Routers = 16;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private static readonly EnhancedStatus SystemTrouble = new(4, 3, 0);

    private readonly QueueParts _parts;
    private readonly DeliveryLog _log;
    private readonly Loader _loader;
    private readonly OutcomeRecorder _recorder;
    private readonly Channel<(ActiveMessage Active, IReadOnlyList<QueuedRecipient> Recipients)> _toRoute = Channel.CreateUnbounded<(ActiveMessage, IReadOnlyList<QueuedRecipient>)>();
    private readonly CancellationTokenSource _stopping = new(), _attempts = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _rouser;
    private IDeliverer? _deliverer;

    internal Scheduler(QueueParts parts)
    {
        _parts = parts;
        _log = new DeliveryLog(parts.Loggers);
        Active = new ActiveQueue(parts.Settings, parts.Clock);
        Admission = new Admission(parts, Active, (active, recipients) => _toRoute.Writer.TryWrite((active, recipients)), _log);
        _loader = new Loader(parts, Active, (active, recipients) => _toRoute.Writer.TryWrite((active, recipients)), _log);
        _recorder = new OutcomeRecorder(parts, Active, Admission, _log);
        _rouser = parts.Clock.Time.CreateTimer(_ => BeginWhatMay(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal ActiveQueue Active { get; }

    internal Admission Admission { get; }

    /// <summary>Delivers until <paramref name="cancellationToken"/> ends, which cancels attempts under way, or <see cref="StopAsync"/> was called. Called once.</summary>
    public async Task RunAsync(IDeliverer deliverer, CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _deliverer, deliverer, null) is not null) throw new InvalidOperationException("the scheduler has run already");
        try
        {
            await using var cancellation = cancellationToken.Register(() => { _stopping.Cancel(); _attempts.Cancel(); });
            Active.Start();
            await Task.WhenAll([_loader.RunAsync(_stopping.Token), .. Enumerable.Range(0, Routers).Select(_ => Task.Run(RouteAllAsync, CancellationToken.None))]);
            await Active.StopAsync();
            await UnclaimAsync();
        }
        finally { _ended.TrySetResult(); }
    }

    /// <summary>Begins no further attempt and waits for those under way; when <paramref name="cancellationToken"/> ends, those are cancelled. What was claimed is due again.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _deliverer) is null) return;
        _ = Active.StopAsync();
        await _stopping.CancelAsync();
        await using var cancellation = cancellationToken.Register(() => _attempts.Cancel());
        await _ended.Task;
    }

    /// <summary>Frees what waits; stopped before.</summary>
    public void Dispose()
    {
        _rouser.Dispose();
        _stopping.Dispose();
        _attempts.Dispose();
    }

    /// <summary>Takes recipients out of memory that were held or deleted; an attempt under way goes on.</summary>
    internal void Withdraw(QueueId id, IReadOnlyList<int>? recipients, int finished) => Active.Withdraw(id, recipients, finished);

    /// <summary>Routes anew what waits in memory: the rules of routing have changed. What is being tried goes on; what is in the store is routed when it is due.</summary>
    public void Reroute()
    {
        foreach (var job in Active.TakeWaiting()) _toRoute.Writer.TryWrite((job.Active, job.Recipients));
    }

    /// <summary>Returns recipients to their sender now; false when none could be. Needs a deliverer that makes the report: false before <see cref="RunAsync"/>.</summary>
    internal async ValueTask<bool> BounceAsync(QueueEntry entry, IReadOnlyList<int> recipients, EnhancedStatus status, string text, CancellationToken cancellationToken) =>
        Volatile.Read(ref _deliverer) is { } deliverer && await new ForcedBounce(_parts, Active, _recorder).BounceAsync(deliverer, entry, recipients, status, text, cancellationToken);

    internal void Requeued(QueueId old, QueueId id) => _log.Requeued(old, id);

    internal void Removed(QueueId id) => _log.Removed(id);

    private async Task RouteAllAsync()
    {
        try
        {
            await foreach (var (active, recipients) in _toRoute.Reader.ReadAllAsync(_stopping.Token)) await RouteAsync(active, recipients);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested) { }
    }

    private async ValueTask RouteAsync(ActiveMessage active, IReadOnlyList<QueuedRecipient> recipients)
    {
        var routes = new Dictionary<RouteChoice, List<QueuedRecipient>>();
        await ReportFailedAsync(active, [.. recipients.Where(recipient => recipient.Failure is not null)]);
        foreach (var recipient in recipients.Where(recipient => recipient.Failure is null))
        {
            try
            {
                var routing = await _deliverer!.RouteAsync(active.Message, recipient, _stopping.Token);
                if (routing.Instead is { } outcome)
                {
                    await PutOffAsync(new Job(active, routing.Route, [recipient]) { Expire = routing.Expire }, isRouted: false, outcome);
                    continue;
                }
                if (!routes.TryGetValue(routing, out var sharing)) routes.Add(routing, sharing = []);
                sharing.Add(recipient);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested) { return; }
            catch (Exception failure)
            {
                _log.DelivererFailed(active.Message.Id, failure);
                await PutOffAsync(new Job(active, new Route("error", ""), [recipient]), isRouted: false, Deferral("temporary routing failure"));
            }
        }
        foreach (var (choice, sharing) in routes)
        {
            var route = choice.Route;
            var size = Math.Max(1, _parts.Settings().LimitsOf(route.Transport).DestinationRecipients);
            var jobs = sharing.Chunk(size).Select(group => new Job(active, route, group) { Expire = choice.Expire }).ToList();
            if (Active.TryEnqueue(jobs, choice.Priority, out var death)) continue;
            foreach (var job in jobs) await PutOffAsync(job, isRouted: true, Suspension(death));
        }
        BeginWhatMay();
    }

    /// <summary>Failures that have waited long enough for others to be reported with, or for a report that could not be made before.</summary>
    private async ValueTask ReportFailedAsync(ActiveMessage active, IReadOnlyList<QueuedRecipient> failed)
    {
        if (failed.Count == 0) return;
        var now = _parts.Clock.Now;
        var attempt = new Attempt(new Job(active, new Route("bounce", ""), failed), now, now, IsRouted: true, [.. failed.Select(recipient => (recipient, recipient.Failure!))]);
        try { await _recorder.RecordAsync(_deliverer!, attempt, _attempts.Token); }
        catch (OperationCanceledException) when (_attempts.IsCancellationRequested) { }
        catch (Exception failure) { _log.DelivererFailed(active.Message.Id, failure); }
    }

    private void BeginWhatMay()
    {
        if (_stopping.IsCancellationRequested) return;
        // The count of attempts in the active queue is what StopAsync waits for.
        while (Active.TryBegin(out var job))
        {
            var begun = job;
            _ = Task.Run(() => TryAsync(begun), CancellationToken.None);
        }
        if (Active.FindRousing() is { } rousing) _rouser.Change(Max(rousing - _parts.Clock.Now, TimeSpan.Zero) + Tick, Timeout.InfiniteTimeSpan);
    }

    private async Task TryAsync(Job job)
    {
        bool? isReached = null;
        RecipientOutcome? said = null;
        DateTimeOffset? ended = null;
        try
        {
            if (await DeliverAsync(job) is { } attempt)
            {
                ended = attempt.Ended;
                said = attempt.Outcomes[0].Outcome;
                isReached = !attempt.Outcomes.All(pair => IsUnreached(pair.Outcome));
                // The place is given to the next only after the commit: the store sets the pace.
                await _recorder.RecordAsync(_deliverer!, attempt, _attempts.Token);
            }
        }
        catch (OperationCanceledException) when (_attempts.IsCancellationRequested) { }
        catch (Exception failure) { _log.DelivererFailed(job.Active.Message.Id, failure); }
        foreach (var put in Active.End(job, ended ?? _parts.Clock.Now, isReached, said)) await PutOffAsync(put, isRouted: true, Suspension(said!));
        Active.Leave();
        BeginWhatMay();
    }

    /// <summary>Null when there is nothing to record: the message is gone or set aside.</summary>
    private async ValueTask<Attempt?> DeliverAsync(Job job)
    {
        var begun = _parts.Clock.Now;
        var message = job.Active.Message;
        try
        {
            if (message.Content.Segments is null)
            {
                if (await _parts.Store.ReadContentAsync(message.Id, _attempts.Token) is not { } content)
                {
                    Active.Forget(job.Active, job.Recipients, finished: 0);
                    return null;
                }
                message = message with { Content = content };
            }
            var outcomes = await _deliverer!.DeliverAsync(message, job.Recipients, job.Route, _attempts.Token);
            return new Attempt(job, begun, _parts.Clock.Now, IsRouted: true, [.. job.Recipients.Select(recipient => (recipient, Find(outcomes, recipient)))]);
        }
        catch (OperationCanceledException) when (_attempts.IsCancellationRequested) { throw; }
        catch (CorruptMessageException corrupt) when (corrupt.Id == message.Id)
        {
            await _recorder.SetAsideAsync(job.Active, corrupt.Reason, _attempts.Token);
            return null;
        }
        catch (Exception failure)
        {
            _log.DelivererFailed(message.Id, failure);
            var deferral = Deferral("temporary delivery failure");
            return new Attempt(job, begun, _parts.Clock.Now, IsRouted: true, [.. job.Recipients.Select(recipient => (recipient, deferral with { Recipient = recipient.Number }))]);
        }
    }

    private async ValueTask PutOffAsync(Job job, bool isRouted, RecipientOutcome outcome)
    {
        var now = _parts.Clock.Now;
        var attempt = new Attempt(job, now, now, isRouted, [.. job.Recipients.Where(job.Active.Has).Select(recipient => (recipient, outcome with { Recipient = recipient.Number }))]);
        if (attempt.Outcomes.Count == 0) return;
        try { await _recorder.RecordAsync(_deliverer!, attempt, _attempts.Token); }
        catch (OperationCanceledException) when (_attempts.IsCancellationRequested) { }
        catch (Exception failure) { _log.DelivererFailed(job.Active.Message.Id, failure); }
    }

    private async ValueTask UnclaimAsync()
    {
        try
        {
            foreach (var changes in Active.Unclaim().Chunk(1000)) await _parts.Commits.CommitAsync(changes, CancellationToken.None);
        }
        // They are due again at the next start all the same.
        catch (Exception failure) when (failure is InsufficientStorageException or TemporaryFailureException) { _log.LoadFailed(failure); }
    }

    // RFC 3463 §3.5: network and routing; with no answer it is the next hop that is at fault, not this message.
    private static bool IsUnreached(RecipientOutcome outcome) => outcome is { Action: DeliveryAction.Deferred, RemoteReply: null, Status.Subject: 4 };

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static RecipientOutcome Find(IReadOnlyList<RecipientOutcome> outcomes, QueuedRecipient recipient) =>
        outcomes.FirstOrDefault(outcome => outcome.Recipient == recipient.Number) ?? Deferral("the transport said nothing about this recipient") with { Recipient = recipient.Number };

    private static RecipientOutcome Deferral(string text) => new() { Recipient = 0, Action = DeliveryAction.Deferred, Status = SystemTrouble, Text = text };

    private static RecipientOutcome Suspension(RecipientOutcome death) => death with
    {
        Action = DeliveryAction.Deferred, Relay = "none", RemoteReply = null, Text = "delivery temporarily suspended: " + death.Text,
    };
}
