using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>Turns changes into rows. Used by the store's thread only.</summary>
internal sealed class StoreWriter : IDisposable
{
    // A crash may forget the greatest id, a clock that was set back may give it again: ids are reserved ahead.
    private const long IdReserve = 120_000_000, IdReserveLeft = 60_000_000;

    private readonly Database _database;
    private readonly List<Statement> _all = [];
    private readonly Statement _begin, _commit, _rollback, _addMessage, _addBody, _addRecipient, _findMessage, _removeRecipients, _removeBody, _removeMessage;
    private readonly Statement _finish, _defer, _reroute, _warn, _setUnfinished, _unclaim, _hold, _release, _setDue, _delete, _setAside, _saveClock, _reserveIds;
    private readonly List<string> _goneFiles = [];
    private readonly List<ContentWriter> _keptContents = [];
    private long _reserved, _last;

    internal StoreWriter(Database database)
    {
        _database = database;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _addMessage = Prepare("INSERT INTO message(id, name, arrived, entered, sender, size, recipients, unfinished, hash, skip, spool, metadata, head) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12)");
        _addBody = Prepare("INSERT INTO body(id, bytes) VALUES (?1, ?2)");
        _addRecipient = Prepare("INSERT INTO recipient(message, n, state, due, destination, address, node, claimed_until, hold, hold_until, extras, reply) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
        _findMessage = Prepare("SELECT recipients, unfinished, spool, name FROM message WHERE id = ?1");
        _removeRecipients = Prepare("DELETE FROM recipient WHERE message = ?1");
        _removeBody = Prepare("DELETE FROM body WHERE id = ?1");
        _removeMessage = Prepare("DELETE FROM message WHERE id = ?1");
        _setUnfinished = Prepare("UPDATE message SET unfinished = ?2 WHERE id = ?1");
        _finish = Prepare("UPDATE recipient SET state = ?3, status = ?4, reply = ?5, attempts = attempts + 1, node = NULL, claimed_until = NULL WHERE message = ?1 AND n = ?2 AND state NOT IN (4, 5)");
        // A recipient that was held while it was tried stays held.
        _defer = Prepare("UPDATE recipient SET state = CASE state WHEN 3 THEN 3 ELSE 2 END, due = ?3, destination = ?4, status = ?5, reply = ?6, warned = ?7, attempts = attempts + 1, node = NULL, claimed_until = NULL, extras = CASE WHEN ?8 IS NULL THEN extras ELSE json_set(ifnull(extras, '{}'), '$.failure', json(?8)) END WHERE message = ?1 AND n = ?2 AND state IN (0, 1, 2, 3)");
        _reroute = Prepare("UPDATE recipient SET extras = json_set(ifnull(extras, '{}'), '$.route', ?3) WHERE message = ?1 AND n = ?2 AND state NOT IN (4, 5)");
        _warn = Prepare("UPDATE recipient SET warned = 1 WHERE message = ?1 AND n = ?2");
        _unclaim = Prepare("UPDATE recipient SET state = CASE attempts WHEN 0 THEN 0 ELSE 2 END, node = NULL, claimed_until = NULL WHERE message = ?1 AND n = ?2 AND state = 1");
        _hold = Prepare("UPDATE recipient SET state = 3, hold = ?3, hold_until = ?4, node = NULL, claimed_until = NULL WHERE message = ?1 AND n = ifnull(?2, n) AND state IN (0, 1, 2)");
        _release = Prepare("UPDATE recipient SET state = CASE attempts WHEN 0 THEN 0 ELSE 2 END, due = ?3, hold = NULL, hold_until = NULL WHERE message = ?1 AND n = ifnull(?2, n) AND state = 3");
        _setDue = Prepare("UPDATE recipient SET due = ?3 WHERE message = ?1 AND n = ifnull(?2, n) AND state IN (0, 2)");
        _delete = Prepare("DELETE FROM recipient WHERE message = ?1 AND n = ifnull(?2, n) AND state NOT IN (4, 5)");
        _setAside = Prepare("UPDATE recipient SET state = 6, reply = ?2, node = NULL, claimed_until = NULL WHERE message = ?1 AND state NOT IN (4, 5)");
        _saveClock = Prepare("UPDATE clock SET queue_time = ?1, wall = ?2");
        _reserveIds = Prepare("UPDATE clock SET last_id = ?1");
        Claims = new ClaimWriter(database);
        _last = _reserved = database.Number("SELECT last_id FROM clock");
    }

    internal ClaimWriter Claims { get; }

    /// <summary>Spool files whose rows are gone for good with the last transaction.</summary>
    internal IReadOnlyList<string> GoneFiles => _goneFiles;

    /// <summary>Runs work in one transaction: all of it is kept or nothing.</summary>
    internal T Transact<T>(Func<T> work)
    {
        _goneFiles.Clear();
        _keptContents.Clear();
        var reserved = _reserved;
        _begin.Run();
        try
        {
            var result = work();
            _commit.Run();
            foreach (var content in _keptContents) content.Keep();
            return result;
        }
        catch
        {
            // Some failures have rolled back already, and then there is nothing to roll back.
            try { _rollback.Run(); } catch (Exception failure) when (failure is TemporaryFailureException or InsufficientStorageException) { }
            _goneFiles.Clear();
            _reserved = reserved;
            throw;
        }
    }

    /// <param name="change">What to do.</param>
    /// <param name="keepsRows">True leaves the rows of finished messages: the database is damaged.</param>
    internal void Apply(QueueChange change, bool keepsRows = false)
    {
        switch (change)
        {
            case QueueChange.Added added: Add(added); break;
            case QueueChange.Tried tried: Record(tried, keepsRows); break;
            case QueueChange.Warned warned:
                foreach (var n in warned.Recipients) _warn.Bind(1, Key(warned.Id)).Bind(2, n).Run();
                break;
            case QueueChange.Unclaimed unclaimed:
                foreach (var n in unclaimed.Recipients) _unclaim.Bind(1, Key(unclaimed.Id)).Bind(2, n).Run();
                break;
            case QueueChange.Held held:
                Each(_hold.Bind(1, Key(held.Id)).Bind(3, held.Name).Bind(4, held.Expires?.ToUnixTimeMilliseconds()), held.Recipients);
                break;
            case QueueChange.Released released:
                Each(_release.Bind(1, Key(released.Id)).Bind(3, released.Due.ToUnixTimeMilliseconds()), released.Recipients);
                break;
            case QueueChange.DueChanged due:
                Each(_setDue.Bind(1, Key(due.Id)).Bind(3, due.Due.ToUnixTimeMilliseconds()), due.Recipients);
                break;
            case QueueChange.Deleted deleted: Delete(deleted); break;
            case QueueChange.SetAside aside: SetAside(Key(aside.Id), aside.Reason); break;
            case QueueChange.ClaimsRenewed renewed: Claims.Renew(renewed.Claim); break;
            case QueueChange.ClockSaved clock: SaveClock(clock); break;
            default: throw new NotSupportedException(change.GetType().Name);
        }
    }

    /// <summary>Ids may be given out from <paramref name="wall"/> on, and before anything else is committed: after a crash they must not be given again.</summary>
    internal void ReserveIds(DateTimeOffset wall)
    {
        _reserved = Math.Max(_reserved, Microseconds(wall)) + IdReserve;
        _reserveIds.Bind(1, _reserved).Run();
    }

    /// <summary>At the end nothing needs to be reserved any more.</summary>
    internal void SaveLastId() => _reserveIds.Bind(1, _last).Run();

    internal void SetAside(long key, string reason) => _setAside.Bind(1, key).Bind(2, reason).Run();

    public void Dispose()
    {
        foreach (var statement in _all) statement.Dispose();
        Claims.Dispose();
    }

    internal static long Key(QueueId id) => QueueIdGenerator.TryReadTime(id, out var key) ? key : throw new ArgumentException($"'{id}' is no queue id of this store");

    private Statement Prepare(string sql)
    {
        var statement = _database.Prepare(sql);
        _all.Add(statement);
        return statement;
    }

    private void Add(QueueChange.Added added)
    {
        var message = added.Message;
        var key = Key(message.Id);
        if (message.Content is not ContentWriter content) throw new ArgumentException("the content was not written to this store");
        ReserveIds(key);
        _addMessage.Bind(1, key).Bind(2, message.Id.Value).Bind(3, added.Arrived.ToUnixTimeMilliseconds()).Bind(4, added.Entered.ToUnixTimeMilliseconds()).Bind(5, StoredAddress.Write(message.Sender))
            .Bind(6, message.Head.Length + content.Length - message.ContentOffset).Bind(7, message.Recipients.Count).Bind(8, content.Hash.With(message.Head.Span)).Bind(9, message.ContentOffset)
            .Bind(10, content.SpoolName).BindText(11, MessageMetadata.Write(message.Origin, message.Mail)).Bind(12, message.Head.Span).Run();
        if (content.Memory is { } body) _addBody.Bind(1, key).Bind(2, body.Span).Run();
        foreach (var recipient in message.Recipients) Add(key, recipient, added.Claim);
        _keptContents.Add(content);
    }

    private void Add(long key, QueuedRecipient recipient, Claim? claim)
    {
        var isClaimed = claim is not null && recipient.State == RecipientState.Due;
        _addRecipient.Bind(1, key).Bind(2, recipient.Number).Bind(3, (long)(isClaimed ? RecipientState.Active : recipient.State)).Bind(4, recipient.Due.ToUnixTimeMilliseconds())
            .Bind(5, recipient.Destination).Bind(6, StoredAddress.Write(recipient.Address)).Bind(7, isClaimed ? claim!.Node : null).Bind(8, isClaimed ? claim!.Expires.ToUnixTimeMilliseconds() : null)
            .Bind(9, recipient.HoldName).Bind(10, recipient.HoldExpires?.ToUnixTimeMilliseconds()).Bind(12, recipient.LastText);
        if (RecipientExtras.Write(recipient) is { } extras) _addRecipient.BindText(11, extras);
        else _addRecipient.Bind(11, (string?)null);
        _addRecipient.Run();
    }

    private void ReserveIds(long key)
    {
        _last = Math.Max(_last, key);
        if (key <= _reserved - IdReserveLeft) return;
        _reserved = key + IdReserve;
        _reserveIds.Bind(1, _reserved).Run();
    }

    private void SaveClock(QueueChange.ClockSaved clock)
    {
        _saveClock.Bind(1, clock.QueueTime.ToUnixTimeMilliseconds()).Bind(2, clock.Wall.ToUnixTimeMilliseconds()).Run();
        ReserveIds(Math.Max(Key(clock.LastId), Microseconds(clock.Wall)));
    }

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private void Record(QueueChange.Tried tried, bool keepsRows)
    {
        var key = Key(tried.Id);
        if (!Find(key, out var recipients, out var unfinished, out var spool)) return;
        if (!keepsRows && recipients == 1 && tried.Recipients is [{ State: RecipientState.Delivered or RecipientState.Bounced }])
        {
            Remove(key, spool);
            return;
        }
        var finished = 0;
        foreach (var result in tried.Recipients)
        {
            if (result.State == RecipientState.Deferred) Defer(key, result);
            else
                finished += _finish.Bind(1, key).Bind(2, result.Recipient).Bind(3, (long)result.State).Bind(4, result.Status.ToString()).Bind(5, result.Text).Run();
        }
        if (!keepsRows) Settle(key, unfinished - finished, finished > 0, spool);
    }

    private void Defer(long key, RecipientResult result)
    {
        _defer.Bind(1, key).Bind(2, result.Recipient).Bind(3, result.Due.ToUnixTimeMilliseconds()).Bind(4, result.Destination).Bind(5, result.Status.ToString()).Bind(6, result.Text).Bind(7, result.DelayReported ? 1 : 0);
        if (result.Failure is { } failure) _defer.BindText(8, StoredFailure.Write(failure));
        else _defer.Bind(8, (string?)null);
        _defer.Run();
        if (result.RouteOverride is { } route) _reroute.Bind(1, key).Bind(2, result.Recipient).Bind(3, route).Run();
    }

    private void Delete(QueueChange.Deleted deleted)
    {
        var key = Key(deleted.Id);
        if (!Find(key, out _, out var unfinished, out var spool)) return;
        var gone = Each(_delete.Bind(1, key), deleted.Recipients);
        Settle(key, unfinished - gone, gone > 0, spool);
    }

    private void Settle(long key, long unfinished, bool isChanged, string? spool)
    {
        if (unfinished <= 0) Remove(key, spool);
        else if (isChanged) _setUnfinished.Bind(1, key).Bind(2, unfinished).Run();
    }

    private bool Find(long key, out long recipients, out long unfinished, out string? spool)
    {
        var isThere = _findMessage.Bind(1, key).Read();
        (recipients, unfinished, spool) = isThere ? (_findMessage.Number(0), _findMessage.Number(1), _findMessage.FindText(2)) : (0, 0, null);
        _findMessage.Reset();
        return isThere;
    }

    private void Remove(long key, string? spool)
    {
        _removeRecipients.Bind(1, key).Run();
        _removeMessage.Bind(1, key).Run();
        if (spool is null) _removeBody.Bind(1, key).Run();
        else _goneFiles.Add(spool);
    }

    private static int Each(Statement statement, IReadOnlyList<int>? recipients)
    {
        if (recipients is null) return statement.Bind(2, (string?)null).Run();
        var changed = 0;
        foreach (var n in recipients) changed += statement.Bind(2, n).Run();
        return changed;
    }
}
