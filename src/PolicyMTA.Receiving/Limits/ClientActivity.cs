namespace PolicyMTA.Receiving.Limits;

/// <summary>What one client, or one network of clients, does at the moment: an entry of anvil. Thread-safe.</summary>
internal sealed class ClientActivity
{
    private readonly int[] _counts = new int[Enum.GetValues<ClientEvent>().Length];
    private readonly Lock _gate = new();
    private long? _unitEnd;

    /// <summary>Open connections.</summary>
    internal int Connections { get; private set; }

    /// <summary>True once the table let go of it: nothing may be counted here any more.</summary>
    private bool IsForgotten { get; set; }

    /// <summary>Counts a connection in; false when the table has let go of the entry meanwhile.</summary>
    internal bool TryEnter(out int open)
    {
        lock (_gate)
        {
            open = IsForgotten ? 0 : ++Connections;
            return !IsForgotten;
        }
    }

    internal void Leave()
    {
        lock (_gate) Connections--;
    }

    /// <summary>Counts an event; how many of its kind there were in this time unit, which begins with its first event of any kind.</summary>
    internal int Count(ClientEvent kind, long now, long unit)
    {
        lock (_gate)
        {
            Begin(now, unit);
            return ++_counts[(int)kind];
        }
    }

    /// <summary>How many events of a kind there were in this time unit.</summary>
    internal int Find(ClientEvent kind, long now)
    {
        lock (_gate) return _unitEnd > now ? _counts[(int)kind] : 0;
    }

    /// <summary>Lets go of an entry that says nothing: no connection, and its time unit is over, or it has to make room.</summary>
    internal bool TryForget(long now, bool isCrowded)
    {
        lock (_gate)
        {
            if (Connections > 0 || (!isCrowded && _unitEnd > now)) return false;
            IsForgotten = true;
            return true;
        }
    }

    private void Begin(long now, long unit)
    {
        if (_unitEnd > now) return;
        _unitEnd = now + unit;
        Array.Clear(_counts);
    }
}
