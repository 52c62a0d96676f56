namespace PolicyMTA.Queue.Scheduling;

/// <summary>When the first recipient of each destination in the store is due: one entry per destination, however many wait. Guarded by the scheduler's lock.</summary>
internal sealed class DueIndex
{
    private const int Superseded = 64;

    private readonly Dictionary<string, DateTimeOffset> _due = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, DateTimeOffset> _order = new();

    internal int Count => _due.Count;

    /// <summary>Places in the order, superseded ones among them.</summary>
    internal int Places => _order.Count;

    /// <summary>A recipient is due then; true when that is sooner than all others.</summary>
    internal bool Add(string destination, DateTimeOffset due)
    {
        if (_due.TryGetValue(destination, out var known) && known <= due) return false;
        var isFirst = FindNext() is not { } next || due < next;
        _due[destination] = due;
        _order.Enqueue(destination, due);
        if (_order.Count > 2 * _due.Count + Superseded) Rebuild();
        return isFirst;
    }

    internal DateTimeOffset? FindNext()
    {
        // An entry that was brought forward leaves its old place behind.
        while (_order.TryPeek(out var destination, out var due))
        {
            if (_due.TryGetValue(destination, out var known) && known == due) return due;
            _order.Dequeue();
        }
        return null;
    }

    /// <summary>Takes the destination that is due first out of the index.</summary>
    internal bool TryTake(DateTimeOffset now, out string destination)
    {
        destination = "";
        if (FindNext() is not { } next || next > now) return false;
        destination = _order.Dequeue();
        _due.Remove(destination);
        return true;
    }

    // Behind a first one that stays, what was brought forward would never be looked at.
    private void Rebuild()
    {
        _order.Clear();
        _order.EnqueueRange(_due.Select(pair => (pair.Key, pair.Value)));
    }
}
