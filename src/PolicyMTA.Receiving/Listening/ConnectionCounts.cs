using System.Collections.Concurrent;
using System.Net;

namespace PolicyMTA.Receiving.Listening;

/// <summary>How many connections each client address has open. Thread-safe; an address without connections takes no memory.</summary>
internal sealed class ConnectionCounts
{
    private readonly ConcurrentDictionary<IPAddress, int> _counts = new();

    /// <summary>Counts one more; the number now open.</summary>
    internal int Enter(IPAddress client) => _counts.AddOrUpdate(client, 1, static (_, open) => open + 1);

    /// <summary>Counts one less.</summary>
    internal void Leave(IPAddress client)
    {
        while (_counts.TryGetValue(client, out var open))
        {
            if (open > 1 ? _counts.TryUpdate(client, open - 1, open) : _counts.TryRemove(new(client, open))) return;
        }
    }
}
