using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Receiving.Limits;

/// <summary>
/// What clients do, by address or network: anvil's job. Lives as long as the process. Thread-safe. An entry without connections is let go when its time unit is
/// over, and before that when there are too many: a flood from many addresses costs a bounded memory and forgets rates, never open connections.
/// </summary>
internal sealed class ClientTable(int limit = ClientTable.DefaultLimit)
{
    private const int DefaultLimit = 100_000;

    private readonly ConcurrentDictionary<(IPAddress Network, int Length), ClientActivity> _clients = new();

    /// <summary>Clients that are known.</summary>
    internal int Count => _clients.Count;

    /// <summary>Counts a connection; its client's entry, to be left when it ends, and how many connections the client has now.</summary>
    internal ClientActivity Enter(IPAddress client, ClientLimits limits, long now, out int open)
    {
        var key = NetworkOf(client, limits);
        while (true)
        {
            if (!_clients.TryGetValue(key, out var activity))
            {
                if (_clients.Count >= limit) MakeRoom(now);
                activity = _clients.GetOrAdd(key, static _ => new ClientActivity());
            }
            if (activity.TryEnter(out open)) return activity;
            _clients.TryRemove(new(key, activity));
        }
    }

    /// <summary>Lets entries go that say nothing any more. Called now and then by the receiver's clock.</summary>
    internal void Sweep(long now) => Forget(now, isCrowded: false, int.MaxValue);

    private void MakeRoom(long now)
    {
        // A tenth at a time, so that a flood does not pay for a walk with each connection.
        var wanted = Math.Max(1, limit / 10);
        wanted -= Forget(now, isCrowded: false, wanted);
        if (wanted > 0) Forget(now, isCrowded: true, wanted);
    }

    private int Forget(long now, bool isCrowded, int most)
    {
        var forgotten = 0;
        foreach (var entry in _clients)
        {
            if (forgotten >= most) break;
            if (!entry.Value.TryForget(now, isCrowded)) continue;
            _clients.TryRemove(entry);
            forgotten++;
        }
        return forgotten;
    }

    private static (IPAddress, int) NetworkOf(IPAddress address, ClientLimits limits)
    {
        var isV4 = address.AddressFamily == AddressFamily.InterNetwork;
        var length = isV4 ? limits.Ipv4PrefixLength : limits.Ipv6PrefixLength;
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var count) || length >= count * 8) return (address, length);
        for (var bit = length; bit < count * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return (new IPAddress(bytes[..count]), length);
    }
}
