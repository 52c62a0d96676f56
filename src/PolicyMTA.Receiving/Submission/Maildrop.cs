using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PolicyMTA.Leases;
using PolicyMTA.Queue;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Submission;

/// <summary>
/// Picks up what users of this machine submit (pickup(8)). A drop is first moved to a folder of the server's own under the queue id it will have, so that after a
/// crash it is known whether the queue has it already; only when it is gone from there its message may be delivered. What can't be taken is set aside. Process-lived.
/// </summary>
public sealed partial class Maildrop : IAsyncDisposable
{
    private const int AtOnce = 8;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Changes are watched; this is for what the system did not tell, and for what was put off.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UnfinishedKept = TimeSpan.FromDays(1);

    private readonly Current<ReceivingGeneration> _current;
    private readonly MessageQueue _queue;
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ConcurrentDictionary<string, byte> _complained = new(StringComparer.Ordinal);
    private FileSystemWatcher? _watcher;
    private Task _working = Task.CompletedTask;

    private Maildrop(Current<ReceivingGeneration> current, MessageQueue queue, string folder, TimeProvider time, ILoggerFactory loggers) =>
        (_current, _queue, _folder, _time, _log) = (current, queue, folder, time, loggers.CreateLogger("pickup"));

    private string Taken => Path.Combine(_folder, "taken");

    private string Aside => Path.Combine(_folder, "aside");

    /// <summary>Prepares the folder and finishes what a crash interrupted; before anything is delivered.</summary>
    /// <exception cref="ConfigurationException">The folder can't be used.</exception>
    public static async Task<Maildrop> OpenAsync(Current<ReceivingGeneration> current, MessageQueue queue, string folder, UnixFileMode mode, TimeProvider time, ILoggerFactory loggers)
    {
        var maildrop = new Maildrop(current, queue, folder, time, loggers);
        try
        {
            Directory.CreateDirectory(folder);
            // Whatever the umask said.
            File.SetUnixFileMode(folder, mode);
            Directory.CreateDirectory(maildrop.Taken, OwnerOnly);
            Directory.CreateDirectory(maildrop.Aside, OwnerOnly);
            await maildrop.RecoverAsync();
            return maildrop;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            maildrop._closing.Dispose();
            throw new ConfigurationException($"{folder}: can't be used for local submission: {failure.Message}; name another folder in [local_submission]", failure);
        }
    }

    /// <summary>Picks up from now on.</summary>
    public void Start()
    {
        try
        {
            _watcher = new FileSystemWatcher(_folder) { NotifyFilter = NotifyFilters.FileName };
            _watcher.Renamed += (_, _) => Wake();
            _watcher.Created += (_, _) => Wake();
            _watcher.Error += (_, _) => Wake();
            _watcher.EnableRaisingEvents = true;
        }
        // The system has a limit of watches.
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException) { Log.NotWatched(_log, _folder, failure); }
        _working = WorkAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _watcher?.Dispose();
        await _closing.CancelAsync();
        await _working;
        _closing.Dispose();
        _wake.Dispose();
    }

    private void Wake()
    {
        try { _wake.Release(); }
        catch (SemaphoreFullException) { }
        catch (ObjectDisposedException) { }
    }

    private async Task WorkAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                await PickUpAsync();
                await WaitAsync();
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested) { }
            catch (Exception failure)
            {
                Log.Failed(_log, _folder, failure);
                await Task.Delay(TimeSpan.FromSeconds(1), _time, _closing.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task WaitAsync()
    {
        await using var timer = _time.CreateTimer(_ => Wake(), null, Interval, Timeout.InfiniteTimeSpan);
        await _wake.WaitAsync(_closing.Token);
    }

    private async Task PickUpAsync()
    {
        RemoveUnfinished();
        foreach (var file in Directory.EnumerateFiles(_folder, DropWriter.Finished + "*").Order(StringComparer.Ordinal).ToList()) Claim(file);
        // What is claimed must be claimed for good before a commit bears its id.
        var taken = Directory.GetFiles(Taken);
        if (taken.Length == 0) return;
        SystemFile.SyncFolder(Taken);
        SystemFile.SyncFolder(_folder);
        await Parallel.ForEachAsync(taken.Order(StringComparer.Ordinal), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _closing.Token }, (file, token) => TakeAsync(file, token));
    }

    private void Claim(string file)
    {
        try
        {
            // An id is nobody else's; if it were, the other's message would be gone.
            File.Move(file, Path.Combine(Taken, _queue.NextId().Value), overwrite: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (_complained.Count < 1000 && _complained.TryAdd(file, 0)) Log.NotClaimed(_log, file, failure.Message);
        }
    }

    private async ValueTask TakeAsync(string file, CancellationToken cancellationToken)
    {
        var id = new QueueId(Path.GetFileName(file));
        try
        {
            await using var lease = _current.Lease();
            LocalOutcome outcome;
            using (var drop = SubmittedDrop.Open(file))
            {
                if (!lease.Value.Submission.AuthorizedUsers.Contains(drop.User)) throw new InvalidDataException($"user {drop.User.Name} is not in authorized_submit_users");
                outcome = await new LocalAcceptance(lease.Value, _queue, drop, id, _time, _log).TakeAsync(cancellationToken);
            }
            if (outcome is LocalOutcome.Deferred deferred) Log.PutOff(_log, id, deferred.Reason);
            else await FinishAsync(file, id, outcome, cancellationToken);
        }
        catch (InvalidDataException problem) { SetAside(file, problem.Message); }
        // Whatever it was: it is not lost, and the others go on.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested) { Log.PutOff(_log, id, failure.Message); }
    }

    private async ValueTask FinishAsync(string file, QueueId id, LocalOutcome outcome, CancellationToken cancellationToken)
    {
        File.Delete(file);
        SystemFile.SyncFolder(Taken);
        if (outcome is LocalOutcome.Refused refused)
        {
            Log.Refused(_log, id, refused.Text);
            await _queue.Administration.BounceAsync(id, QueueFilter.All, refused.Status, refused.Text, cancellationToken);
        }
        else if (outcome is LocalOutcome.Discarded) Log.Discarded(_log, id);
        else await _queue.Administration.BeginAsync(id, cancellationToken);
    }

    /// <summary>Those that the queue has already are only finished: nobody gets them twice.</summary>
    private async Task RecoverAsync()
    {
        foreach (var file in Directory.GetFiles(Taken))
        {
            if (await _queue.Administration.FindAsync(new QueueId(Path.GetFileName(file)), CancellationToken.None) is not null) File.Delete(file);
        }
        SystemFile.SyncFolder(Taken);
    }

    private void SetAside(string file, string reason)
    {
        var target = Path.Combine(Aside, Path.GetFileName(file));
        try
        {
            File.Move(file, target, overwrite: true);
            Log.SetAside(_log, Path.GetFileName(file), target, reason);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException) { Log.NotClaimed(_log, file, failure.Message); }
    }

    // Their writers died: nobody was told that they were sent.
    private void RemoveUnfinished()
    {
        foreach (var file in Directory.EnumerateFiles(_folder, DropWriter.Unfinished + "*"))
        {
            try
            {
                if (_time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > UnfinishedKept) File.Delete(file);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException) { }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Folder} can't be watched: submitted mail may wait for half a minute")]
        public static partial void NotWatched(ILogger logger, string folder, Exception error);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Folder} can't be searched for submitted mail")]
        public static partial void Failed(ILogger logger, string folder, Exception error);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{File} can't be moved: {Reason}")]
        public static partial void NotClaimed(ILogger logger, string file, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Id}: can't be taken now and stays in the maildrop folder: {Reason}")]
        public static partial void PutOff(ILogger logger, QueueId id, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Name}: set aside as {Target}: {Reason}")]
        public static partial void SetAside(ILogger logger, string name, string target, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Id}: local submission refused and returned: {Reason}")]
        public static partial void Refused(ILogger logger, QueueId id, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Id}: local submission discarded")]
        public static partial void Discarded(ILogger logger, QueueId id);
    }
}
