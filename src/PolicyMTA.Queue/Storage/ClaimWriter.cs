using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>Claims due recipients and lets stale claims go. Used by the store's thread only.</summary>
internal sealed class ClaimWriter : IDisposable
{
    private readonly Statement _due, _claim, _renew, _stale;

    internal ClaimWriter(Database database)
    {
        _due = database.Prepare("SELECT message, n FROM recipient INDEXED BY recipient_waiting WHERE destination = ?1 AND due <= ?2 AND state IN (0, 2) ORDER BY due LIMIT ?3");
        _claim = database.Prepare("UPDATE recipient SET state = 1, node = ?3, claimed_until = ?4 WHERE message = ?1 AND n = ?2");
        _renew = database.Prepare("UPDATE recipient SET claimed_until = ?2 WHERE state = 1 AND state NOT IN (0, 2) AND node = ?1");
        _stale = database.Prepare("UPDATE recipient SET state = CASE attempts WHEN 0 THEN 0 ELSE 2 END, node = NULL, claimed_until = NULL WHERE state = 1 AND state NOT IN (0, 2)");
    }

    internal List<(long Message, long Recipient)> Claim(string destination, DateTimeOffset until, int limit, Claim claim)
    {
        var keys = new List<(long Message, long Recipient)>();
        _due.Bind(1, destination).Bind(2, until.ToUnixTimeMilliseconds()).Bind(3, limit);
        while (_due.Read()) keys.Add((_due.Number(0), _due.Number(1)));
        foreach (var (message, recipient) in keys) _claim.Bind(1, message).Bind(2, recipient).Bind(3, claim.Node).Bind(4, claim.Expires.ToUnixTimeMilliseconds()).Run();
        return keys;
    }

    internal void Renew(Claim claim) => _renew.Bind(1, claim.Node).Bind(2, claim.Expires.ToUnixTimeMilliseconds()).Run();

    /// <summary>The file has one owner at a time, so at open whatever is claimed was claimed by a process that is gone.</summary>
    internal int FreeStale() => _stale.Run();

    public void Dispose()
    {
        _due.Dispose();
        _claim.Dispose();
        _renew.Dispose();
        _stale.Dispose();
    }
}
