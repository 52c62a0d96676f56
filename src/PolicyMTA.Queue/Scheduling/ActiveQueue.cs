using System.Diagnostics.CodeAnalysis;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>All that is tried now or soon: the messages in memory and the lines they wait in. One lock, short holds.</summary>
internal sealed class ActiveQueue(Func<QueueSettings> settings, QueueClock clock)
{
    private readonly Lock _gate = new();
    private readonly ActiveMessages _messages = new(settings, clock);
    private readonly DeliveryLines _lines = new(settings, clock);
    private readonly HashSet<QueuedRecipient> _running = new(ReferenceEqualityComparer.Instance);
    private TaskCompletionSource? _idle;
    private int _attempts;
    private bool _isRunning;

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
    internal bool TryReserve(ActiveMessage message) { lock (_gate) return _isRunning && _messages.TryAdd(message); }

    /// <summary>Takes claimed recipients in; gives the message they belong to and those that are not in memory yet.</summary>
    internal (ActiveMessage Active, IReadOnlyList<QueuedRecipient> Recipients) Take(ClaimedMessage claimed)
    {
        lock (_gate)
        {
            var active = _messages.Find(claimed.Message.Id)
                ?? new ActiveMessage { Message = claimed.Message, Entered = claimed.Entered, Activated = clock.Now, Unfinished = claimed.OpenRecipients };
            var fresh = claimed.Recipients.Where(recipient => IsNews(active, recipient)).ToList();
            active.Pending.AddRange(fresh);
            if (fresh.Count > 0) _messages.Add(active, fresh);
            return (active, fresh);
        }
    }

    /// <summary>
    /// One that was held and released while it is being tried is claimed a second time: the attempt under way decides for both. One that an attempt deferred, and
    /// that was made due and claimed before the attempt let it go, is claimed anew: it counts one attempt more.
    /// </summary>
    private bool IsNews(ActiveMessage active, QueuedRecipient claimed)
    {
        if (active.Reporting.Contains(claimed.Number)) return false;
        active.Unreported.RemoveAll(decision => decision.Recipient.Number == claimed.Number);
        if (active.Pending.Find(pending => pending.Number == claimed.Number) is not { } known) return true;
        if (known.Attempts >= claimed.Attempts) return false;
        _messages.Remove(active, known);
        return true;
    }

    /// <summary>
    /// Attempts at recipients are over. The last of those in memory, or one that must not wait, takes all that is to be reported of the message; before that it is
    /// kept with the message and null is given. What was taken is given back with <see cref="Reported"/>.
    /// </summary>
    internal IReadOnlyList<Decision>? TakeReports(ActiveMessage active, IReadOnlyList<Decision> ended, bool mustNotWait)
    {
        lock (_gate)
        {
            if (active.Unreported.Count == 0 && ended.Count >= active.Pending.Count) return [];
            active.Ended.UnionWith(ended.Select(decision => decision.Recipient));
            active.Unreported.RemoveAll(earlier => ended.Any(decision => decision.Recipient.Number == earlier.Recipient.Number));
            if (!mustNotWait && !active.Pending.TrueForAll(active.Ended.Contains))
            {
                active.Unreported.AddRange(ended.Where(decision => decision.Event is ReportKind.Failure or ReportKind.Delay));
                return null;
            }
            IReadOnlyList<Decision> taken = [.. active.Unreported];
            active.Unreported.Clear();
            active.Reporting.AddRange(taken.Select(decision => decision.Recipient.Number));
            return taken;
        }
    }

    /// <summary>What was taken to be reported is committed.</summary>
    internal void Reported(ActiveMessage active, IReadOnlyList<Decision> taken)
    {
        if (taken.Count == 0) return;
        lock (_gate)
        {
            foreach (var decision in taken) active.Reporting.Remove(decision.Recipient.Number);
        }
    }

    /// <summary>Lets recipients go, whatever became of them; true when that was the end of their message.</summary>
    internal bool Forget(ActiveMessage active, IReadOnlyList<QueuedRecipient> recipients, int finished)
    {
        var wakes = false;
        bool isOver;
        lock (_gate)
        {
            foreach (var recipient in recipients) wakes |= _messages.Remove(active, recipient);
            active.Unfinished -= finished;
            isOver = active.Unfinished <= 0;
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

    /// <summary>Puts the attempts of one message at one route in line; when the destination is dead they are not taken, and <paramref name="death"/> says why.</summary>
    internal bool TryEnqueue(IReadOnlyList<Job> jobs, DeliveryPriority priority, [NotNullWhen(false)] out RecipientOutcome? death)
    {
        lock (_gate) return _lines.TryEnqueue(jobs, priority, out death);
    }

    /// <summary>The next job in turn, when one may begin now.</summary>
    internal bool TryBegin([NotNullWhen(true)] out Job? job)
    {
        lock (_gate)
        {
            job = null;
            if (!_isRunning || !_lines.TryBegin(Choose, out job)) return false;
            _running.UnionWith(job.Recipients);
            _attempts++;
            return true;
        }
    }

    /// <summary>When something that rests may go on; null when nothing rests.</summary>
    internal DateTimeOffset? FindRousing() { lock (_gate) return _lines.FindRousing(); }

    /// <summary>An attempt ended; gives the jobs that are put off because their destination is dead now. <see cref="Leave"/> follows when that is done.</summary>
    /// <param name="job">What was tried.</param>
    /// <param name="isReached">The next hop answered; null when nothing is known about that.</param>
    /// <param name="outcome">What the next hop is said to be dead of.</param>
    internal IReadOnlyList<Job> End(Job job, DateTimeOffset ended, bool? isReached, RecipientOutcome? outcome)
    {
        lock (_gate)
        {
            _running.ExceptWith(job.Recipients);
            return _lines.End(job.Route, ended, isReached, outcome);
        }
    }

    /// <summary>All that an attempt left to do is done.</summary>
    internal void Leave()
    {
        lock (_gate)
        {
            if (--_attempts == 0) _idle?.TrySetResult();
        }
    }

    /// <summary>Takes the jobs that wait out of all lines, to be routed anew.</summary>
    internal IReadOnlyList<Job> TakeWaiting() { lock (_gate) return _lines.TakeWaiting(); }

    internal void AddDue(string destination, DateTimeOffset due)
    {
        bool wakes;
        lock (_gate) wakes = _messages.AddDue(destination, due);
        if (wakes) Wake();
    }

    /// <summary>When the loader has to look again by itself; null when it has nothing to wait for, or is woken when there is room.</summary>
    internal DateTimeOffset? FindNextDue() { lock (_gate) return _messages.NextDue; }

    /// <summary>The destination that is due longest and how many of its recipients may be claimed.</summary>
    internal bool TryTakeDue(out string destination, out int room) { lock (_gate) return _messages.TryTakeDue(out destination, out room); }

    /// <summary>Takes recipients out that are not being tried: they were held or deleted.</summary>
    internal void Withdraw(QueueId id, IReadOnlyList<int>? numbers, int finished)
    {
        ActiveMessage? active;
        List<QueuedRecipient> gone;
        lock (_gate)
        {
            if ((active = _messages.Find(id)) is null) return;
            active.Unreported.RemoveAll(decision => numbers is null || numbers.Contains(decision.Recipient.Number));
            gone = [.. active.Pending.Where(recipient => (numbers is null || numbers.Contains(recipient.Number)) && !_running.Contains(recipient))];
        }
        Forget(active, gone, finished);
    }

    /// <summary>The recipients of a message that are being tried.</summary>
    internal IReadOnlySet<int> ListRunning(QueueId id)
    {
        lock (_gate) return _messages.Find(id) is { } active ? active.Pending.Where(_running.Contains).Select(recipient => recipient.Number).ToHashSet() : [];
    }

    /// <summary>Dead destinations get another chance.</summary>
    internal void Revive() { lock (_gate) _lines.Revive(); }

    /// <summary>What is still claimed, at the end.</summary>
    internal List<QueueChange> Unclaim()
    {
        lock (_gate) return [.. _messages.All.Where(active => active.Pending.Count > 0).Select(active => new QueueChange.Unclaimed(active.Message.Id, [.. active.Pending.Select(recipient => recipient.Number)]))];
    }

    // What was withdrawn meanwhile is not tried.
    private static Job? Choose(Job job)
    {
        if (job.Recipients.All(job.Active.Has)) return job;
        var still = job.Recipients.Where(job.Active.Has).ToList();
        return still.Count > 0 ? job with { Recipients = still } : null;
    }
}
