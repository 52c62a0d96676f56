using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>Claims due recipients and lets stale claims go. Used by the store's thread only.</summary>
internal sealed class ClaimWriter : IDisposable
{
    private readonly Statement _due, _dueSlowly, _claim, _renew, _stale;

    internal ClaimWriter(Database database)
    {
        _due = database.Prepare("SELECT message, n FROM recipient INDEXED BY recipient_waiting WHERE destination = ?1 AND due <= ?2 AND state IN (0, 2) ORDER BY due LIMIT ?3");
        // Where the index is damaged the table may be sound; the plus keeps partial indexes away.
        _dueSlowly = database.Prepare("SELECT message, n FROM recipient NOT INDEXED WHERE destination = ?1 AND due <= ?2 AND +state IN (0, 2) LIMIT ?3");
        _claim = database.Prepare("UPDATE recipient SET state = 1, node = ?3, claimed_until = ?4 WHERE message = ?1 AND n = ?2");
        _renew = database.Prepare("UPDATE recipient SET claimed_until = ?2 WHERE state = 1 AND state NOT IN (0, 2) AND node = ?1");
        _stale = database.Prepare("UPDATE recipient SET state = CASE attempts WHEN 0 THEN 0 ELSE 2 END, node = NULL, claimed_until = NULL WHERE state = 1 AND state NOT IN (0, 2)");
    }

    internal List<(long Message, long Recipient)> Claim(string destination, DateTimeOffset until, int limit, Claim claim)
    {
        var keys = new List<(long Message, long Recipient)>();
        Find(_due, destination, until, limit, keys);
        return Claim(keys, claim);
    }

    internal List<(long Message, long Recipient)> Claim(List<(long Message, long Recipient)> keys, Claim claim)
    {
        foreach (var (message, recipient) in keys) _claim.Bind(1, message).Bind(2, recipient).Bind(3, claim.Node).Bind(4, claim.Expires.ToUnixTimeMilliseconds()).Run();
        return keys;
    }

    /// <summary>What is due as far as the damage lets it be read.</summary>
    internal List<(long Message, long Recipient)> FindDue(string destination, DateTimeOffset until, int limit)
    {
        var keys = new List<(long Message, long Recipient)>();
        foreach (var statement in (Statement[])[_due, _dueSlowly])
        {
            try
            {
                Find(statement, destination, until, limit, keys);
                if (statement == _due) return keys;
            }
            catch (Exception damage) when (StoreFailure.IsDamage(damage)) { } // reported by who asks
        }
        return [.. keys.Distinct().Take(limit)];
    }

    internal void Renew(Claim claim) => _renew.Bind(1, claim.Node).Bind(2, claim.Expires.ToUnixTimeMilliseconds()).Run();

    /// <summary>The file has one owner at a time, so at open whatever is claimed was claimed by a process that is gone.</summary>
    internal int FreeStale() => _stale.Run();

    public void Dispose()
    {
        _due.Dispose();
        _dueSlowly.Dispose();
        _claim.Dispose();
        _renew.Dispose();
        _stale.Dispose();
    }
    private static void Find(Statement statement, string destination, DateTimeOffset until, int limit, List<(long Message, long Recipient)> keys)
    {
        statement.Bind(1, destination).Bind(2, until.ToUnixTimeMilliseconds()).Bind(3, limit);
        while (statement.Read()) keys.Add((statement.Number(0), statement.Number(1)));
    }
}
