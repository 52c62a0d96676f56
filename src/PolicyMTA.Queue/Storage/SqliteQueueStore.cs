using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>The queue in one SQLite database beside a folder of spool files. One process at a time.</summary>
internal sealed class SqliteQueueStore : IQueueStore
{
    /// <summary>The database, in the queue's folder.</summary>
    internal const string FileName = "queue.db";

    private const int ReadersKept = 4;

    private readonly string _file;
    private readonly FileStream _lock;
    private readonly SpoolFolder _spool;
    private readonly Func<int> _inlineLimit;
    private readonly Database _database;
    private readonly StoreWriter _writer;
    private readonly StoreReader _claimReader;
    private readonly Claimer _claimer;
    private readonly StoreLog _log;
    private readonly StoreThread _thread;
    private readonly Checkpointer _checkpointer;
    private readonly ConcurrentBag<StoreReader> _readers = [];
    private readonly FreeSpaceGauge _freeSpace;
    private readonly Task _lengthened;

    private SqliteQueueStore(string folder, FileStream ownership, Func<int> inlineLimit, TimeProvider time, StoreLog log)
    {
        _log = log;
        (_lock, _inlineLimit, _file) = (ownership, inlineLimit, Path.Combine(folder, FileName));
        var isNew = !File.Exists(_file);
        _database = new Database(_file);
        try
        {
            Schema.Ensure(_database, _file);
            if (isNew) SpoolFolder.SyncFolder(folder);
            _spool = new SpoolFolder(Path.Combine(folder, "spool"));
            // What nobody needs goes first: the rest may need the room.
            CollectOrphans();
            _writer = new StoreWriter(_database);
            _claimReader = new StoreReader(_database, ownsDatabase: false);
            _claimer = new Claimer(this, _database, _writer, _claimReader, log);
            _freeSpace = new FreeSpaceGauge(folder, time);
            Reserve.Keep(folder, _freeSpace.Bytes);
            _lengthened = LogFile.Lengthen(_file, _freeSpace.Bytes);
            Start = ReadStart();
            Begin(time.GetUtcNow());
        }
        catch
        {
            _database.Dispose();
            throw;
        }
        _thread = new StoreThread("queue store");
        _checkpointer = new Checkpointer(new Database(_file), () => _ = _thread.RunAsync(() => Checkpointer.Run(_database), continueThere: false));
    }

    public StoredClock Start { get; }

    public long FreeSpace => _freeSpace.Bytes;

    /// <exception cref="ConfigurationException">The folder can't be used, is in use, or holds a newer schema.</exception>
    internal static SqliteQueueStore Open(string folder, Func<int> inlineLimit, TimeProvider time, ILoggerFactory? loggers = null)
    {
        FileStream? ownership = null;
        try
        {
            MakeFolder(folder);
            ownership = Own(folder);
            var log = new StoreLog(loggers ?? NullLoggerFactory.Instance);
            try { return new SqliteQueueStore(folder, ownership, inlineLimit, time, log); }
            catch (Exception failure) when (failure is IOException or SqliteException or TemporaryFailureException or InsufficientStorageException && Reserve.TryGiveUp(folder))
            {
                return new SqliteQueueStore(folder, ownership, inlineLimit, time, log);
            }
        }
        catch (Exception failure)
        {
            ownership?.Dispose();
            if (failure is IOException or UnauthorizedAccessException or SqliteException or TemporaryFailureException or InsufficientStorageException)
                throw new ConfigurationException($"{folder}: the queue can't be opened: {failure.Message}", failure);
            throw;
        }
    }

    public IContentWriter CreateContent() => new ContentWriter(_spool, _inlineLimit());

    public ValueTask PrepareAsync(NewMessage message, CancellationToken cancellationToken)
    {
        if (message.Content is ContentWriter content) content.Sync();
        return ValueTask.CompletedTask;
    }

    public ValueTask CommitAsync(IReadOnlyList<QueueChange> changes, CancellationToken cancellationToken) => new(_thread.RunAsync(() => Commit(changes), continueThere: true));

    public async ValueTask<IReadOnlyList<ClaimedMessage>> ClaimAsync(string destination, DateTimeOffset until, int limit, Claim claim, CancellationToken cancellationToken) =>
        await _thread.RunAsync(() => _claimer.Claim(destination, until, limit, claim), continueThere: false);

    public ValueTask<IReadOnlyList<DueDestination>> ListDestinationsAsync(CancellationToken cancellationToken) => new(Read<IReadOnlyList<DueDestination>>(reader => reader.ListDestinations()));

    public ValueTask<DateTimeOffset?> FindNextDueAsync(string destination, CancellationToken cancellationToken) => new(Read(reader => reader.FindNextDue(destination)));

    public ValueTask<IReadOnlyList<RecipientKey>> ListEndedHoldsAsync(DateTimeOffset until, int limit, CancellationToken cancellationToken) =>
        new(Read<IReadOnlyList<RecipientKey>>(reader => reader.ListEndedHolds(until, limit)));

    public async ValueTask<IMessageContent?> ReadContentAsync(QueueId id, CancellationToken cancellationToken)
    {
        if (!QueueIdGenerator.TryReadTime(id, out var key)) return null;
        StoredBytes? stored;
        try { stored = Read(reader => reader.FindContent(key)); }
        catch (TemporaryFailureException damage) when (StoreFailure.IsDamage(damage)) { throw new CorruptMessageException(id, "its rows can't be read", damage); }
        return stored is null || stored.Id != id ? null : await stored.CheckAsync(_spool, cancellationToken);
    }

    public ValueTask<IReadOnlyList<QueueEntry>> ListAsync(QueueId? after, int limit, CancellationToken cancellationToken) =>
        new(Read<IReadOnlyList<QueueEntry>>(reader => reader.List(after is { } id ? StoreWriter.Key(id) : -1, limit)));

    public ValueTask<QueueEntry?> FindAsync(QueueId id, CancellationToken cancellationToken)
    {
        var entry = QueueIdGenerator.TryReadTime(id, out var key) ? Read(reader => reader.Find(key)) : null;
        return new(entry?.Id == id ? entry : null);
    }

    public ValueTask<IReadOnlyDictionary<RecipientState, long>> CountAsync(CancellationToken cancellationToken) => new(Read<IReadOnlyDictionary<RecipientState, long>>(reader => reader.Count()));

    public async ValueTask DisposeAsync()
    {
        await _lengthened;
        await _checkpointer.DisposeAsync();
        await _thread.RunAsync(() =>
        {
            _writer.Transact(() => { _writer.SaveLastId(); return 0; });
            return 0;
        }, continueThere: false).ContinueWith(static _ => { }, TaskScheduler.Default); // a full disk only costs the exact last id
        await _thread.DisposeAsync();
        foreach (var reader in _readers) reader.Dispose();
        _claimReader.Dispose();
        _writer.Dispose();
        _database.Dispose();
        await _lock.DisposeAsync();
    }

    // The mail of others: nobody else reads it.
    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static FileStream Own(string folder)
    {
        var path = Path.Combine(folder, "lock");
        try { return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
        catch (IOException failure) when (File.Exists(path)) { throw new ConfigurationException($"{folder}: another process has this queue open", failure); }
    }

    private int Commit(IReadOnlyList<QueueChange> changes)
    {
        long bytes;
        try { bytes = _writer.Transact(() => Apply(changes)); }
        catch (TemporaryFailureException damage) when (StoreFailure.IsDamage(damage)) { bytes = CommitBesideDamage(changes, damage); }
        catch (InsufficientStorageException)
        {
            // A log that is wholly checkpointed starts over in the room it has: who tries again may find some.
            Checkpointer.TryRun(_database);
            throw;
        }
        foreach (var name in _writer.GoneFiles) _spool.Delete(name);
        _checkpointer.Committed(bytes + changes.Count * 2048L);
        return changes.Count;
    }

    private long CommitBesideDamage(IReadOnlyList<QueueChange> changes, TemporaryFailureException damage)
    {
        _log.Damaged(damage);
        _claimer.Reindex();
        try { return _writer.Transact(() => Apply(changes)); }
        // Removing rows may touch damaged neighbours; that something is finished can be kept all the same.
        catch (TemporaryFailureException again) when (StoreFailure.IsDamage(again) && changes is [QueueChange.Tried, ..]) { return _writer.Transact(() => Apply(changes, keepsRows: true)); }
    }

    /// <summary>How many bytes of content that was.</summary>
    private long Apply(IReadOnlyList<QueueChange> changes, bool keepsRows = false)
    {
        var bytes = 0L;
        foreach (var change in changes)
        {
            _writer.Apply(change, keepsRows);
            bytes += change is QueueChange.Added { Message: var message } ? message.Content.Length + message.Head.Length : 0;
        }
        return bytes;
    }

    // What can't be freed stays claimed: a damaged queue opens, for the mail that is sound.
    /// <summary>Frees what another run had claimed, and reserves the ids of this one.</summary>
    private void Begin(DateTimeOffset wall, bool isRetry = false)
    {
        try
        {
            _writer.Transact(() =>
            {
                _writer.ReserveIds(wall);
                return _writer.Claims.FreeStale();
            });
        }
        catch (InsufficientStorageException) when (!isRetry)
        {
            // What the last run left in the log may be all that fills the disk.
            Checkpointer.TryRun(_database);
            Begin(wall, isRetry: true);
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage) && !isRetry)
        {
            _log.Damaged(damage);
            _claimer.Reindex();
            Begin(wall, isRetry: true);
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage)) { _log.Damaged(damage); }
    }

    private T Read<T>(Func<StoreReader, T> read)
    {
        if (!_readers.TryTake(out var reader)) reader = new StoreReader(new Database(_file), ownsDatabase: true);
        try { return read(reader); }
        finally
        {
            if (_readers.Count < ReadersKept) _readers.Add(reader);
            else reader.Dispose();
        }
    }

    private StoredClock ReadStart()
    {
        using var clock = _database.Prepare("SELECT queue_time, wall, last_id FROM clock");
        clock.Read();
        var (time, wall, last) = (clock.FindNumber(0), clock.FindNumber(1), clock.Number(2));
        clock.Reset();
        return new StoredClock(time is { } t ? DateTimeOffset.FromUnixTimeMilliseconds(t) : null, wall is { } w ? DateTimeOffset.FromUnixTimeMilliseconds(w) : null, last == 0 ? null : QueueIdGenerator.FromTime(last));
    }

    // A file whose message was never committed, or whose removal was cut off.
    private void CollectOrphans()
    {
        using var find = _database.Prepare("SELECT 1 FROM message WHERE spool = ?1 AND spool IS NOT NULL");
        try
        {
            foreach (var name in _spool.Names().ToList())
            {
                var isKnown = find.Bind(1, name).Read();
                find.Reset();
                if (!isKnown) _spool.Delete(name);
            }
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage)) { _log.NotCollected(damage); }
    }
}
