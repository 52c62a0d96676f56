using System.Diagnostics.CodeAnalysis;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>
/// All that is in memory: messages that are tried now or soon, their destinations taking turns, and when more is due in the store. One lock, short holds.
/// </summary>
internal sealed class ActiveQueue(Func<QueueSettings> settings, QueueClock clock)
{
    /// <summary>Recipients in memory over all; Postfix's <c>qmgr_message_active_limit</c>.</summary>
    internal const int RecipientLimit = 20_000;

    /// <summary>Recipients in memory of one destination of the store.</summary>
    internal const int IntakeLimit = 500;

    private const int IdleDestinationsKept = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<QueueId, ActiveMessage> _messages = [];
    private readonly Dictionary<string, Intake> _intakes = new(StringComparer.Ordinal);
    private readonly Dictionary<Route, Destination> _destinations = [];
    private readonly Queue<Destination> _round = new();
    private readonly DueIndex _due = new();
    private readonly HashSet<QueuedRecipient> _running = new(ReferenceEqualityComparer.Instance);
    private TaskCompletionSource? _idle;
    private int _recipients, _attempts;
    private long _bytes;
    private bool _isRunning, _isLoaderShort;

    /// <summary>Called outside the lock when the loader has something to do sooner than it thinks.</summary>
    internal Action Wake { get; set; } = static () => { };

    internal void Start() { lock (_gate) _isRunning = true; }

    /// <summary>Nothing begins any more; completes when the last attempt has ended.</summary>
    internal Task StopAsync()
    {
        lock (_gate)
        {
            _isRunning = false;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_attempts == 0) _idle.TrySetResult();
            return _idle.Task;
        }
    }

    /// <summary>Makes room for a message that is about to be committed; false when it has to wait in the store.</summary>
    internal bool TryReserve(ActiveMessage message)
    {
        lock (_gate)
        {
            if (!_isRunning || _recipients + message.Pending.Count > RecipientLimit || (message.Bytes > 0 && _bytes + message.Bytes > settings().MemoryLimit) || !HasIntakeRoom(message.Pending)) return false;
            Register(message, message.Pending);
            return true;
        }
    }

    /// <summary>Takes claimed recipients in; gives the message they belong to and those that are not in memory yet.</summary>
    internal (ActiveMessage Active, IReadOnlyList<QueuedRecipient> Recipients) Take(ClaimedMessage claimed)
    {
        lock (_gate)
        {
            if (!_messages.TryGetValue(claimed.Message.Id, out var active))
                active = new ActiveMessage { Message = claimed.Message, Entered = claimed.Entered, Activated = clock.Now, Unfinished = claimed.OpenRecipients };
            var fresh = claimed.Recipients.Where(recipient => IsNews(active, recipient)).ToList();
            active.Pending.AddRange(fresh);
            if (fresh.Count > 0) Register(active, fresh);
            return (active, fresh);
        }
    }

    /// <summary>
    /// One that was held and released while it is being tried is claimed a second time: the attempt under way decides for both. One that an attempt deferred, and
    /// that was made due and claimed before the attempt let it go, is claimed anew: it counts one attempt more.
    /// </summary>
    private bool IsNews(ActiveMessage active, QueuedRecipient claimed)
    {
        if (active.Pending.Find(pending => pending.Number == claimed.Number) is not { } known) return true;
        if (known.Attempts >= claimed.Attempts) return false;
        Remove(active, known);
        return true;
    }

    /// <summary>Lets recipients go, whatever became of them; true when that was the end of their message.</summary>
    internal bool Forget(ActiveMessage active, IReadOnlyList<QueuedRecipient> recipients, int finished)
    {
        var wakes = false;
        bool isOver;
        lock (_gate)
        {
            foreach (var recipient in recipients) wakes |= Remove(active, recipient);
            active.Unfinished -= finished;
            isOver = active.Unfinished <= 0;
            if (_isLoaderShort && _recipients < RecipientLimit * 3 / 4) (_isLoaderShort, wakes) = (false, true);
        }
        if (wakes) Wake();
        return isOver && finished > 0;
    }

    internal void ForgetAll(ActiveMessage active)
    {
        List<QueuedRecipient> recipients;
        lock (_gate) recipients = [.. active.Pending];
        Forget(active, recipients, finished: 0);
    }

    /// <summary>Puts a job in the line of its destination; when that is dead the job is not taken, and <paramref name="death"/> says why.</summary>
    internal bool TryEnqueue(Job job, [NotNullWhen(false)] out RecipientOutcome? death)
    {
        lock (_gate)
        {
            var destination = FindOrAdd(job.Route);
            death = destination.DeadUntil > clock.Now ? destination.Death : null;
            if (death is not null) return false;
            destination.Waiting.Enqueue(job);
            JoinRound(destination);
            return true;
        }
    }

    /// <summary>The next job in turn, when one may begin now.</summary>
    internal bool TryBegin([NotNullWhen(true)] out Job? job)
    {
        lock (_gate)
        {
            job = null;
            while (_isRunning && _attempts < settings().TotalConcurrency && _round.TryDequeue(out var destination))
            {
                destination.IsInRound = false;
                if (!destination.IsReady) continue;
                var next = destination.Waiting.Dequeue();
                var recipients = next.Recipients.Where(next.Active.Has).ToList();
                if (recipients.Count > 0)
                {
                    job = next with { Recipients = recipients };
                    destination.Begin();
                    _running.UnionWith(recipients);
                    _attempts++;
                }
                JoinRound(destination);
                if (job is not null) return true;
            }
            return false;
        }
    }

    /// <summary>An attempt ended; gives the jobs that are put off because their destination is dead now. <see cref="Leave"/> follows when that is done.</summary>
    /// <param name="job">What was tried.</param>
    /// <param name="isReached">The next hop answered; null when nothing is known about that.</param>
    /// <param name="outcome">What the next hop is said to be dead of.</param>
    internal IReadOnlyList<Job> End(Job job, bool? isReached, RecipientOutcome? outcome)
    {
        lock (_gate)
        {
            _running.ExceptWith(job.Recipients);
            var destination = _destinations[job.Route];
            if (isReached is null || outcome is null) destination.Ended();
            else if (isReached.Value) destination.Succeeded(settings().DestinationConcurrencyLimit);
            else if (destination.Failed(clock.Now, settings().MinimalBackoff, outcome))
            {
                var suspended = destination.Waiting.ToList();
                destination.Waiting.Clear();
                return suspended;
            }
            JoinRound(destination);
            return [];
        }
    }

    /// <summary>All that an attempt left to do is done: its place is free.</summary>
    internal void Leave()
    {
        lock (_gate)
        {
            if (--_attempts == 0) _idle?.TrySetResult();
        }
    }

    /// <summary>Takes the jobs that wait out of all lines, to be routed anew.</summary>
    internal IReadOnlyList<Job> TakeWaiting()
    {
        lock (_gate)
        {
            var waiting = _destinations.Values.SelectMany(destination => destination.Waiting).ToList();
            foreach (var destination in _destinations.Values) destination.Waiting.Clear();
            return waiting;
        }
    }

    internal void AddDue(string destination, DateTimeOffset due)
    {
        bool wakes;
        lock (_gate) wakes = _due.Add(destination, due);
        if (wakes) Wake();
    }

    /// <summary>When the loader has to look again by itself; null when it has nothing to wait for, or is woken when there is room.</summary>
    internal DateTimeOffset? FindNextDue() { lock (_gate) return _isLoaderShort ? null : _due.FindNext(); }

    /// <summary>The destination that is due longest and how many of its recipients may be claimed; one without room is parked until there is some.</summary>
    internal bool TryTakeDue(out string destination, out int room)
    {
        lock (_gate)
        {
            (destination, room) = ("", 0);
            if (RecipientLimit - _recipients < IntakeLimit)
            {
                _isLoaderShort = true;
                return false;
            }
            while (_due.TryTake(clock.Now, out destination))
            {
                room = IntakeLimit - (_intakes.TryGetValue(destination, out var intake) ? intake.Outstanding : 0);
                if (room > IntakeLimit / 2) return true;
                intake!.IsParked = true;
            }
            return false;
        }
    }

    /// <summary>Takes recipients out that are not being tried: they were held or deleted.</summary>
    internal void Withdraw(QueueId id, IReadOnlyList<int>? numbers, int finished)
    {
        ActiveMessage? active;
        List<QueuedRecipient> gone;
        lock (_gate)
        {
            if (!_messages.TryGetValue(id, out active)) return;
            gone = [.. active.Pending.Where(recipient => (numbers is null || numbers.Contains(recipient.Number)) && !_running.Contains(recipient))];
        }
        Forget(active, gone, finished);
    }

    /// <summary>The recipients of a message that are being tried.</summary>
    internal IReadOnlySet<int> ListRunning(QueueId id)
    {
        lock (_gate) return _messages.TryGetValue(id, out var active) ? active.Pending.Where(_running.Contains).Select(recipient => recipient.Number).ToHashSet() : [];
    }

    /// <summary>Dead destinations get another chance.</summary>
    internal void Revive()
    {
        lock (_gate)
        {
            foreach (var destination in _destinations.Values) destination.Revive();
        }
    }

    /// <summary>What is still claimed, at the end.</summary>
    internal List<QueueChange> Unclaim()
    {
        lock (_gate) return [.. _messages.Values.Where(active => active.Pending.Count > 0).Select(active => new QueueChange.Unclaimed(active.Message.Id, [.. active.Pending.Select(recipient => recipient.Number)]))];
    }

    private bool HasIntakeRoom(List<QueuedRecipient> recipients)
    {
        if (recipients.Count == 1) return !_intakes.TryGetValue(recipients[0].Destination, out var only) || only.Outstanding < IntakeLimit;
        foreach (var group in recipients.GroupBy(recipient => recipient.Destination, StringComparer.Ordinal))
        {
            if ((_intakes.TryGetValue(group.Key, out var intake) ? intake.Outstanding : 0) + group.Count() > IntakeLimit) return false;
        }
        return true;
    }

    private void Register(ActiveMessage active, IReadOnlyList<QueuedRecipient> recipients)
    {
        if (_messages.TryAdd(active.Message.Id, active)) _bytes += active.Bytes;
        _recipients += recipients.Count;
        foreach (var recipient in recipients)
        {
            if (!_intakes.TryGetValue(recipient.Destination, out var intake)) _intakes.Add(recipient.Destination, intake = new Intake(recipient.Destination));
            intake.Outstanding++;
        }
    }

    // True when the loader should look again.
    private bool Remove(ActiveMessage active, QueuedRecipient recipient)
    {
        var index = active.Pending.FindIndex(pending => ReferenceEquals(pending, recipient));
        if (index < 0) return false;
        active.Pending.RemoveAt(index);
        _recipients--;
        if (active.Pending.Count == 0 && _messages.Remove(active.Message.Id)) _bytes -= active.Bytes;
        var intake = _intakes[recipient.Destination];
        intake.Outstanding--;
        var wakes = intake.IsParked && intake.Outstanding < IntakeLimit / 2;
        if (wakes)
        {
            intake.IsParked = false;
            _due.Add(intake.Destination, clock.Now);
        }
        if (intake.Outstanding == 0) _intakes.Remove(intake.Destination);
        return wakes;
    }

    private Destination FindOrAdd(Route route)
    {
        if (_destinations.TryGetValue(route, out var destination)) return destination;
        if (_destinations.Count >= IdleDestinationsKept) Prune();
        destination = new Destination(route, Math.Min(settings().InitialDestinationConcurrency, settings().DestinationConcurrencyLimit));
        _destinations.Add(route, destination);
        return destination;
    }

    private void Prune()
    {
        foreach (var (route, destination) in _destinations)
        {
            if (destination.IsIdle && destination.DeadUntil <= clock.Now) _destinations.Remove(route);
        }
    }

    private void JoinRound(Destination destination)
    {
        if (destination.IsInRound || !destination.IsReady) return;
        destination.IsInRound = true;
        _round.Enqueue(destination);
    }
}
