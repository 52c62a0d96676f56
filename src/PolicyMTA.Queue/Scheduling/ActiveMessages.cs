using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Scheduling;

/// <summary>
/// The messages in memory, how much more of each destination of the store fits beside them, and when more is due there. What one destination may fill is a part of what
/// is free, so that however many are slow there is room for another one's mail. Guarded by the scheduler's lock.
/// </summary>
internal sealed class ActiveMessages(Func<QueueSettings> settings, QueueClock clock)
{
    /// <summary>Recipients in memory over all; Postfix's <c>qmgr_message_recipient_limit</c>.</summary>
    internal const int RecipientLimit = 32_000;

    /// <summary>The part of the free room that one destination may fill: 500 where there is much. Some hundred can be slow at once before memory is short.</summary>
    internal const int IntakeShare = 64;

    /// <summary>What a destination may always have while there is any room.</summary>
    internal const int SmallestIntake = 4;

    // Mail to that few may go beyond the destination's room, once more as far: it is not to wait behind one to thousands.
    private const int FewRecipients = 10;

    private readonly Dictionary<QueueId, ActiveMessage> _messages = [];
    private readonly Dictionary<string, Intake> _intakes = new(StringComparer.Ordinal);
    private readonly DueIndex _due = new();
    private int _recipients;
    private long _bytes;
    private bool _isLoaderShort;

    internal IEnumerable<ActiveMessage> All => _messages.Values;

    /// <summary>When the loader has to look again by itself; null when it has nothing to wait for, or is woken when there is room.</summary>
    internal DateTimeOffset? NextDue => _isLoaderShort ? null : _due.FindNext();

    private int Allowance => Math.Max((RecipientLimit - _recipients) / IntakeShare, SmallestIntake);

    internal ActiveMessage? Find(QueueId id) => _messages.GetValueOrDefault(id);

    /// <summary>True when that is sooner than all others.</summary>
    internal bool AddDue(string destination, DateTimeOffset due) => _due.Add(destination, due);

    /// <summary>Takes a new message in; false when it has to wait in the store.</summary>
    internal bool TryAdd(ActiveMessage message)
    {
        if (_recipients + message.Pending.Count > RecipientLimit || (message.Bytes > 0 && _bytes + message.Bytes > settings().MemoryLimit) || !HasRoom(message.Pending)) return false;
        Add(message, message.Pending);
        return true;
    }

    /// <summary>Counts recipients in that are among <see cref="ActiveMessage.Pending"/> already.</summary>
    internal void Add(ActiveMessage active, IReadOnlyList<QueuedRecipient> recipients)
    {
        if (_messages.TryAdd(active.Message.Id, active)) _bytes += active.Bytes;
        _recipients += recipients.Count;
        foreach (var recipient in recipients)
        {
            if (!_intakes.TryGetValue(recipient.Destination, out var intake)) _intakes.Add(recipient.Destination, intake = new Intake(recipient.Destination));
            intake.Outstanding++;
        }
    }

    /// <summary>Lets a recipient go; true when the loader should look again.</summary>
    internal bool Remove(ActiveMessage active, QueuedRecipient recipient)
    {
        var index = active.Pending.FindIndex(pending => ReferenceEquals(pending, recipient));
        if (index < 0) return false;
        active.Pending.RemoveAt(index);
        active.Ended.Remove(recipient);
        _recipients--;
        if (active.Pending.Count == 0 && _messages.Remove(active.Message.Id)) _bytes -= active.Bytes;
        var intake = _intakes[recipient.Destination];
        intake.Outstanding--;
        var wakes = intake.IsParked && intake.Outstanding < Allowance / 2;
        if (wakes)
        {
            intake.IsParked = false;
            _due.Add(intake.Destination, clock.Now);
        }
        if (intake.Outstanding == 0) _intakes.Remove(intake.Destination);
        if (!_isLoaderShort || _recipients >= RecipientLimit * 3 / 4) return wakes;
        _isLoaderShort = false;
        return true;
    }

    /// <summary>The destination that is due longest and how many of its recipients may be claimed; one without room is parked until there is some.</summary>
    internal bool TryTakeDue(out string destination, out int room)
    {
        (destination, room) = ("", 0);
        if (RecipientLimit - _recipients < SmallestIntake)
        {
            _isLoaderShort = true;
            return false;
        }
        while (_due.TryTake(clock.Now, out destination))
        {
            var intake = _intakes.GetValueOrDefault(destination);
            room = Math.Min(RecipientLimit - _recipients, Allowance - (intake?.Outstanding ?? 0));
            if (intake is null || room > Allowance / 2) return true;
            intake.IsParked = true;
        }
        return false;
    }

    private bool HasRoom(List<QueuedRecipient> recipients)
    {
        var room = recipients.Count <= FewRecipients ? 2 * Allowance : Allowance;
        if (recipients.Count == 1) return !_intakes.TryGetValue(recipients[0].Destination, out var only) || only.Outstanding < room;
        foreach (var group in recipients.GroupBy(recipient => recipient.Destination, StringComparer.Ordinal))
        {
            if ((_intakes.TryGetValue(group.Key, out var intake) ? intake.Outstanding : 0) + group.Count() > room) return false;
        }
        return true;
    }
}
