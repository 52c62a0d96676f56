using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>Turns rows into values. One thread at a time.</summary>
internal sealed class StoreReader : IDisposable
{
    private const string RecipientColumns = "n, state, due, destination, address, attempts, status, reply, warned, hold, hold_until, extras";

    // The year 5138: what is beyond it was not written by this program, and sums with it must not overflow.
    private const long LatestTime = 100_000_000_000_000;

    private readonly Database _database;
    private readonly bool _ownsDatabase;
    private readonly Statement _message, _after, _recipients, _recipientsBetween, _content, _nextDue, _nextDestination, _countWaiting, _countOther, _endedHolds, _names, _destinationsSlowly;

    internal StoreReader(Database database, bool ownsDatabase)
    {
        (_database, _ownsDatabase) = (database, ownsDatabase);
        const string columns = "id, name, arrived, entered, sender, size, metadata, unfinished";
        _message = database.Prepare($"SELECT {columns} FROM message WHERE id = ?1");
        _after = database.Prepare($"SELECT {columns} FROM message WHERE id > ?1 ORDER BY id LIMIT ?2");
        _recipients = database.Prepare($"SELECT {RecipientColumns} FROM recipient WHERE message = ?1 ORDER BY n");
        // All recipients of a page in one scan: a statement run for each message costs more than its rows.
        _recipientsBetween = database.Prepare($"SELECT {RecipientColumns}, message FROM recipient WHERE message > ?1 AND message <= ?2 ORDER BY message, n");
        _content = database.Prepare("SELECT m.name, m.skip, m.hash, m.spool, m.head, b.bytes, m.size FROM message m LEFT JOIN body b ON b.id = m.id WHERE m.id = ?1");
        _nextDue = database.Prepare("SELECT due FROM recipient INDEXED BY recipient_waiting WHERE destination = ?1 AND state IN (0, 2) ORDER BY due LIMIT 1");
        _nextDestination = database.Prepare("SELECT destination, due FROM recipient INDEXED BY recipient_waiting WHERE destination > ?1 AND state IN (0, 2) ORDER BY destination, due LIMIT 1");
        _countWaiting = database.Prepare("SELECT state, count(*) FROM recipient INDEXED BY recipient_waiting WHERE state IN (0, 2) GROUP BY state");
        _countOther = database.Prepare("SELECT state, count(*) FROM recipient INDEXED BY recipient_other WHERE state NOT IN (0, 2) GROUP BY state");
        // For a damaged database: what is beside the damage. The plus keeps partial indexes away, which NOT INDEXED alone does not.
        _names = database.Prepare("SELECT DISTINCT message FROM recipient WHERE message > ?1 ORDER BY message LIMIT ?2");
        _destinationsSlowly = database.Prepare("SELECT destination, min(due) FROM recipient NOT INDEXED WHERE +state IN (0, 2) GROUP BY destination");
        _endedHolds = database.Prepare("SELECT r.n, m.name FROM recipient r INDEXED BY recipient_hold JOIN message m ON m.id = r.message WHERE r.hold_until <= ?1 AND r.state = 3 AND r.hold_until IS NOT NULL LIMIT ?2");
    }

    internal QueueEntry? Find(long key)
    {
        _message.Bind(1, key);
        var found = _message.Read() ? Entry(_message) : null;
        _message.Reset();
        return found is null ? null : found with { Recipients = Recipients(key) };
    }

    /// <summary>An entry and how many of its recipients are unfinished; null when it is gone or its row is damaged.</summary>
    internal (QueueEntry Entry, int Unfinished)? FindWhole(long key)
    {
        _message.Bind(1, key);
        try
        {
            if (!_message.Read()) return null;
            CheckMessage(_message, key);
            var unfinished = checked((int)_message.Number(7));
            var entry = Entry(_message);
            _message.Reset();
            return (entry with { Recipients = Recipients(key, CheckRecipient) }, unfinished);
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage)) { return null; }
        finally { _message.Reset(); }
    }

    internal List<QueueEntry> List(long after, int limit)
    {
        var keys = new List<long>();
        var entries = new List<QueueEntry>();
        try
        {
            _after.Bind(1, after).Bind(2, limit);
            while (_after.Read())
            {
                keys.Add(_after.Number(0));
                entries.Add(Entry(_after));
            }
            if (keys.Count > 0) AddRecipients(after, keys, entries);
            return entries;
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage)) { return ListBesideDamage(after, limit); }
        finally
        {
            _after.Reset();
            _recipientsBetween.Reset();
        }
    }

    // Both are in the order of the keys.
    private void AddRecipients(long after, List<long> keys, List<QueueEntry> entries)
    {
        _recipientsBetween.Bind(1, after).Bind(2, keys[^1]);
        var hasRow = _recipientsBetween.Read();
        for (var i = 0; i < keys.Count; i++)
        {
            var recipients = new List<QueuedRecipient>();
            // Recipients without a message are left from damage and belong to nobody.
            for (; hasRow && _recipientsBetween.Number(12) is var key && key <= keys[i]; hasRow = _recipientsBetween.Read())
            {
                if (key == keys[i]) recipients.Add(Recipient(_recipientsBetween));
            }
            entries[i] = entries[i] with { Recipients = recipients };
        }
    }

    private List<QueueEntry> ListBesideDamage(long after, int limit)
    {
        var keys = new List<long>();
        try
        {
            _names.Bind(1, after).Bind(2, limit);
            while (_names.Read()) keys.Add(_names.Number(0));
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage)) { } // what is named so far
        return [.. keys.Select(FindBesideDamage)];
    }

    private QueueEntry FindBesideDamage(long key)
    {
        var entry = new QueueEntry
        {
            Id = QueueIdGenerator.FromTime(key), Arrived = Time(key / 1000), Entered = Time(key / 1000), Sender = Address.Null, Size = 0, Origin = new MessageOrigin { Kind = OriginKind.Local }, Mail = MailParameters.None, Recipients = [],
        };
        try
        {
            if (_message.Bind(1, key).Read()) entry = Entry(_message);
            return entry with { Recipients = Recipients(key) };
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage))
        {
            try { return entry with { Recipients = Recipients(key) }; }
            catch (Exception again) when (StoreFailure.IsDamage(again))
            {
                return entry with { Recipients = [new QueuedRecipient { Number = 0, Address = Address.Null, State = RecipientState.Corrupt, LastText = "its recipients can't be read" }] };
            }
        }
        finally { _message.Reset(); }
    }

    internal DateTimeOffset? FindNextDue(string destination)
    {
        _nextDue.Bind(1, destination);
        DateTimeOffset? due = _nextDue.Read() ? Time(_nextDue.Number(0)) : null;
        _nextDue.Reset();
        return due;
    }

    internal List<DueDestination> ListDestinations()
    {
        var found = new List<DueDestination>();
        var last = "";
        try
        {
            while (_nextDestination.Bind(1, last).Read())
            {
                last = _nextDestination.Text(0);
                found.Add(new DueDestination(last, Time(_nextDestination.Number(1))));
                _nextDestination.Reset();
            }
            return found;
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage)) { return [.. found, .. ListDestinationsSlowly()]; }
    }

    private List<DueDestination> ListDestinationsSlowly()
    {
        var found = new List<DueDestination>();
        try
        {
            while (_destinationsSlowly.Read()) found.Add(new DueDestination(_destinationsSlowly.Text(0), Time(_destinationsSlowly.Number(1))));
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage)) { } // those found so far
        return found;
    }

    internal List<RecipientKey> ListEndedHolds(DateTimeOffset until, int limit)
    {
        var found = new List<RecipientKey>();
        try
        {
            _endedHolds.Bind(1, until.ToUnixTimeMilliseconds()).Bind(2, limit);
            while (_endedHolds.Read()) found.Add(new RecipientKey(new QueueId(_endedHolds.Text(1)), (int)_endedHolds.Number(0)));
        }
        catch (Exception damage) when (StoreFailure.IsDamage(damage)) { } // the first change of a hold makes its index anew
        return found;
    }

    internal Dictionary<RecipientState, long> Count()
    {
        var counts = Enum.GetValues<RecipientState>().ToDictionary(state => state, _ => 0L);
        foreach (var statement in (Statement[])[_countWaiting, _countOther])
        {
            try
            {
                while (statement.Read()) counts[(RecipientState)statement.Number(0)] = statement.Number(1);
            }
            catch (Exception damage) when (StoreFailure.IsDamage(damage)) { } // what was counted so far
        }
        return counts;
    }

    /// <summary>The bytes as the rows have them; null when there is no such message.</summary>
    internal StoredBytes? FindContent(long key)
    {
        _content.Bind(1, key);
        try
        {
            return _content.Read()
                ? new StoredBytes(new QueueId(_content.Text(0)), _content.Number(1), _content.Number(2), _content.FindText(3), _content.Bytes(4).ToArray(), _content.IsNull(5) ? null : _content.Bytes(5).ToArray(), _content.Number(6))
                : null;
        }
        finally { _content.Reset(); }
    }

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_message, _after, _recipients, _recipientsBetween, _content, _nextDue, _nextDestination, _countWaiting, _countOther, _endedHolds, _names, _destinationsSlowly]) statement.Dispose();
        if (_ownsDatabase) _database.Dispose();
    }

    private List<QueuedRecipient> Recipients(long key, Action<Statement>? check = null)
    {
        var recipients = new List<QueuedRecipient>();
        _recipients.Bind(1, key);
        try
        {
            while (_recipients.Read())
            {
                check?.Invoke(_recipients);
                recipients.Add(Recipient(_recipients));
            }
        }
        finally { _recipients.Reset(); }
        return recipients;
    }

    private static void CheckMessage(Statement row, long key)
    {
        MessageMetadata.Read(row.Bytes(6));
        if (!QueueIdGenerator.TryReadTime(new QueueId(row.Text(1)), out var time) || time != key) throw new InvalidDataException("the name is another message's");
        CheckTime(row.Number(2));
        CheckTime(row.Number(3));
    }

    private static void CheckRecipient(Statement row)
    {
        RecipientExtras.Read(row.FindText(11));
        CheckTime(row.Number(2));
        if (row.Number(0) is < 0 or > int.MaxValue || row.Number(5) is < 0 or > int.MaxValue || !Enum.IsDefined((RecipientState)row.Number(1))) throw new InvalidDataException("a recipient has impossible values");
    }

    private static void CheckTime(long milliseconds)
    {
        if (milliseconds is < 0 or > LatestTime) throw new InvalidDataException("a time is impossible");
    }

    // A damaged row is shown as far as it can be read; it is FindWhole that says it is damaged.
    private static QueueEntry Entry(Statement row)
    {
        var (origin, mail) = (new MessageOrigin { Kind = OriginKind.Local }, MailParameters.None);
        try { (origin, mail) = MessageMetadata.Read(row.Bytes(6)); }
        catch (JsonException) { }
        var name = new QueueId(row.Text(1));
        return new QueueEntry
        {
            Id = QueueIdGenerator.TryReadTime(name, out var time) && time == row.Number(0) ? name : QueueIdGenerator.FromTime(row.Number(0)), Arrived = Time(row.Number(2)), Entered = Time(row.Number(3)), Sender = StoredAddress.Read(row.Text(4)), Size = row.Number(5), Origin = origin, Mail = mail, Recipients = [],
        };
    }

    private static QueuedRecipient Recipient(Statement row)
    {
        RecipientExtras? extras = null;
        try { extras = RecipientExtras.Read(row.FindText(11)); }
        catch (JsonException) { }
        return new QueuedRecipient
        {
            Number = (int)row.Number(0), State = (RecipientState)row.Number(1), Due = Time(row.Number(2)), Destination = row.Text(3), Address = StoredAddress.Read(row.Text(4)), Attempts = (int)row.Number(5),
            LastStatus = EnhancedStatus.TryParse(row.FindText(6), out var status) ? status : null, LastText = row.FindText(7), DelayReported = row.Number(8) != 0,
            HoldName = row.FindText(9), HoldExpires = row.FindNumber(10) is { } expires ? Time(expires) : null,
            Original = extras?.Original is { } original ? StoredAddress.Read(original) : null, IsForwarded = extras?.Forwarded ?? false, RouteOverride = extras?.Route,
            Failure = extras?.Failure?.Read((int)row.Number(0)),
            Parameters = extras is null ? RecipientParameters.None : new RecipientParameters { Notify = extras.Notify, OriginalRecipient = extras.OriginalRecipient },
        };
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, LatestTime));
}
