using Microsoft.Extensions.Logging;
using PolicyMTA.Queue.Scheduling;
using PolicyMTA.Queue.Storage;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue;

/// <summary>
/// The door into the queue: gives out ids and content writers, commits messages in groups (every waiting message and outcome in one transaction; the next
/// one starts when the last sync ends), and hands what was committed to the scheduler while it is still in memory. Thread-safe.
/// </summary>
public sealed class MessageQueue : IAsyncDisposable
{
    private static readonly TimeSpan ClockSaved = TimeSpan.FromSeconds(60), ClaimsRenewed = Admission.ClaimTime / 4;

    private readonly QueueParts _parts;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _clockKeeper;
    private QueueSettings _settings;
    private int _isClosed;

    private MessageQueue(IQueueStore store, QueueSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        _settings = settings;
        var clock = new QueueClock(time, store.Start);
        _parts = new QueueParts(store, new GroupCommit(store), clock, new QueueIdGenerator(time, settings.Node, store.Start.LastId), () => Volatile.Read(ref _settings), loggers);
        Scheduler = new Scheduler(_parts);
        Administration = new QueueAdministration(_parts, Scheduler);
        _clockKeeper = KeepClockAsync();
    }

    /// <summary>Opens the queue in <see cref="QueueSettings.Folder"/>, made when it is not there.</summary>
    /// <exception cref="ConfigurationException">The folder can't be used, another process has it open, or its schema is newer than this program.</exception>
    public static async ValueTask<MessageQueue> OpenAsync(QueueSettings settings, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        MessageQueue? queue = null;
        var store = await Task.Run(() => SqliteQueueStore.Open(settings.Folder, () => (queue?._settings ?? settings).InlineLimit, time, loggers), cancellationToken);
        return queue = new MessageQueue(store, settings, time, loggers);
    }

    /// <summary>What delivers.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>What people do to it.</summary>
    public QueueAdministration Administration { get; }

    /// <summary>Puts other settings in force; folder and node stay what they were.</summary>
    public void Apply(QueueSettings settings) => Volatile.Write(ref _settings, settings with { Folder = _settings.Folder, Node = _settings.Node });

    /// <summary>A new queue id, greater than all before.</summary>
    public QueueId NextId() => _parts.Ids.Next();

    /// <summary>Takes the bytes of a message to come.</summary>
    public IContentWriter CreateContent() => _parts.Store.CreateContent();

    /// <summary>False when <c>queue_minfree</c> leaves no room for a message of that size (452 4.3.1); 0 when the size is unknown.</summary>
    public bool HasRoomFor(long size) => _parts.Settings().MinFree is var minimum && (minimum == 0 && size == 0 || _parts.Store.FreeSpace >= minimum + size);

    /// <summary>Completes when the message is on stable storage: only then may 250 be sent. The token is looked at before the commit begins, not after.</summary>
    /// <exception cref="InsufficientStorageException">There is no room; nothing was kept.</exception>
    /// <exception cref="TemporaryFailureException">The store failed; nothing was kept.</exception>
    public async ValueTask CommitAsync(NewMessage message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var admitted = await Scheduler.Admission.PrepareAsync(message, cancellationToken);
        try { await _parts.Commits.CommitAsync([admitted.Change], cancellationToken); }
        catch
        {
            Scheduler.Admission.Failed(admitted);
            throw;
        }
        Scheduler.Admission.Committed(admitted);
    }

    /// <summary>Stop the scheduler first. More than once does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        await _closing.CancelAsync();
        await _clockKeeper;
        await _parts.Commits.DisposeAsync();
        await _parts.Store.DisposeAsync();
        Scheduler.Dispose();
        _closing.Dispose();
    }

    private async Task KeepClockAsync()
    {
        var renewed = _parts.Clock.Now;
        while (!_closing.IsCancellationRequested)
        {
            // A clock that can't be saved now only makes ages a minute younger; claims are tried again in a minute, long before they end.
            try
            {
                var (now, saved) = (_parts.Clock.Now, ClockNow());
                var isRenewing = now - renewed >= ClaimsRenewed;
                await _parts.Commits.CommitAsync(isRenewing ? [saved, new QueueChange.ClaimsRenewed(Admission.Claim(_parts))] : [saved], CancellationToken.None);
                if (isRenewing) renewed = now;
                await Task.Delay(ClockSaved, _parts.Clock.Time, _closing.Token);
            }
            catch (OperationCanceledException) { }
            catch (Exception failure) when (failure is InsufficientStorageException or TemporaryFailureException)
            {
                await Task.Delay(ClockSaved, _parts.Clock.Time, _closing.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        }
        try { await _parts.Commits.CommitAsync([ClockNow()], CancellationToken.None); }
        catch (Exception failure) when (failure is InsufficientStorageException or TemporaryFailureException) { }
    }

    private QueueChange.ClockSaved ClockNow() => new(_parts.Clock.Now, _parts.Clock.Wall, _parts.Ids.Last);
}
