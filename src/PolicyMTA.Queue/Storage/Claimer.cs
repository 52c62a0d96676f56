using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>
/// Claims what is due and reads it. Where the database is damaged it goes message by message: what can be claimed is, what can't is set aside when it can be named, and
/// reported once. Used by the store's thread only.
/// </summary>
internal sealed class Claimer(SqliteQueueStore store, Database database, StoreWriter writer, StoreReader reader, StoreLog log)
{
    private readonly HashSet<long> _unreadable = [];
    private bool _isReindexed;

    internal List<ClaimedMessage> Claim(string destination, DateTimeOffset until, int limit, Claim claim)
    {
        if (_unreadable.Count > 0) return ClaimOneByOne(destination, until, limit, claim);
        try { return writer.Transact(() => Take(writer.Claims.Claim(destination, until, limit, claim))); }
        catch (Exception damage) when (StoreFailure.IsDamage(damage))
        {
            log.Damaged(damage);
            Reindex();
            return ClaimOneByOne(destination, until, limit, claim);
        }
    }

    /// <summary>Once: a damaged index is made anew from its table. A damaged table stays what it is.</summary>
    internal void Reindex()
    {
        if (_isReindexed) return;
        _isReindexed = true;
        try { Schema.RemakeIndexes(database); }
        catch (Microsoft.Data.Sqlite.SqliteException failure) { log.NotReindexed(failure); }
    }

    private List<ClaimedMessage> ClaimOneByOne(string destination, DateTimeOffset until, int limit, Claim claim)
    {
        var claimed = new List<ClaimedMessage>();
        foreach (var message in writer.Claims.FindDue(destination, until, limit + _unreadable.Count).GroupBy(key => key.Message).Where(message => !_unreadable.Contains(message.Key)))
        {
            try { claimed.AddRange(writer.Transact(() => Take(writer.Claims.Claim([.. message], claim)))); }
            catch (Exception damage) when (StoreFailure.IsDamage(damage)) { Leave(message.Key, damage); }
        }
        return claimed;
    }

    private void Leave(long message, Exception damage)
    {
        log.Corrupt(QueueIdGenerator.FromTime(message), damage.Message);
        try { writer.Transact(() => { writer.SetAside(message, damage.Message); return 0; }); }
        // Its recipients can't be written either: it stays as it is, and is not looked at again before the next start.
        catch (Exception again) when (StoreFailure.IsDamage(again)) { _unreadable.Add(message); }
    }

    private List<ClaimedMessage> Take(IReadOnlyList<(long Message, long Recipient)> keys)
    {
        var messages = new List<ClaimedMessage>();
        foreach (var group in keys.GroupBy(key => key.Message))
        {
            if (reader.FindWhole(group.Key) is not var (entry, unfinished))
            {
                log.Corrupt(QueueIdGenerator.FromTime(group.Key), "its row can't be read");
                writer.SetAside(group.Key, "its row can't be read");
                continue;
            }
            var numbers = group.Select(key => key.Recipient).ToHashSet();
            var message = new QueuedMessage { Id = entry.Id, Arrived = entry.Arrived, Sender = entry.Sender, Mail = entry.Mail, Origin = entry.Origin, Content = new StoredContent(store, entry.Id, entry.Size) };
            messages.Add(new ClaimedMessage(message, entry.Entered, [.. entry.Recipients.Where(recipient => numbers.Contains(recipient.Number))], unfinished));
        }
        return messages;
    }
}
