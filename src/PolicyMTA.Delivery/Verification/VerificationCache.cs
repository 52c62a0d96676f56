namespace PolicyMTA.Delivery.Verification;

/// <summary>What is known of addresses, in memory. Bounded: who asks for addresses that do not exist can push out only other such ones, until none is left. Thread-safe.</summary>
internal sealed class VerificationCache(int limit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Address, VerificationEntry Entry)>> _nodes = new(StringComparer.Ordinal);
    // The oldest first.
    private readonly LinkedList<(string Address, VerificationEntry Entry)> _positive = new();
    private readonly LinkedList<(string Address, VerificationEntry Entry)> _negative = new();

    public int Count
    {
        get { lock (_gate) return _nodes.Count; }
    }

    public VerificationEntry? Find(string address)
    {
        lock (_gate) return _nodes.TryGetValue(address, out var node) ? node.Value.Entry : null;
    }

    public void Put(string address, VerificationEntry entry)
    {
        lock (_gate)
        {
            Remove(address);
            if (_nodes.Count >= limit && (_negative.First ?? _positive.First) is { } oldest) Remove(oldest.Value.Address);
            _nodes[address] = (entry.IsDeliverable ? _positive : _negative).AddLast((address, entry));
        }
    }

    public void Forget(string address)
    {
        lock (_gate) Remove(address);
    }

    /// <summary>Forgets what has expired; how many entries that was.</summary>
    public int Clean(VerificationSettings settings, DateTimeOffset now)
    {
        lock (_gate)
        {
            var expired = _nodes.Values.Where(node => node.Value.Entry.HasExpired(settings, now)).Select(node => node.Value.Address).ToList();
            expired.ForEach(Remove);
            return expired.Count;
        }
    }

    /// <summary>All entries, the oldest of each kind first.</summary>
    public IReadOnlyList<(string Address, VerificationEntry Entry)> List()
    {
        lock (_gate) return [.. _positive, .. _negative];
    }

    private void Remove(string address)
    {
        if (!_nodes.Remove(address, out var node)) return;
        node.List!.Remove(node);
    }
}
