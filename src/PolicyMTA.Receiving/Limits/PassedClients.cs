using System.Collections.Concurrent;
using System.Net;

namespace PolicyMTA.Receiving.Limits;

/// <summary>Clients that waited for the greeting once and need not again for a while: postscreen's cache. Thread-safe, bounded, lives as long as the process.</summary>
internal sealed class PassedClients(int limit = PassedClients.DefaultLimit)
{
    private const int DefaultLimit = 100_000;

    private readonly ConcurrentDictionary<IPAddress, long> _until = new();

    internal int Count => _until.Count;

    internal bool Contains(IPAddress client, long now) => _until.TryGetValue(client, out var until) && until > now;

    internal void Add(IPAddress client, long now, long until)
    {
        if (_until.Count >= limit) MakeRoom(now);
        _until[client] = until;
    }

    /// <summary>Forgets who passed too long ago.</summary>
    internal void Sweep(long now)
    {
        foreach (var entry in _until)
        {
            if (entry.Value <= now) _until.TryRemove(entry);
        }
    }

    private void MakeRoom(long now)
    {
        Sweep(now);
        // Whoever is forgotten waits once more; that is all.
        foreach (var entry in _until.Take(_until.Count - limit + Math.Max(1, limit / 10))) _until.TryRemove(entry);
    }
}
