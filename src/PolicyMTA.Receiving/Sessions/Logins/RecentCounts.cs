using System.Security.Cryptography;

namespace PolicyMTA.Receiving.Sessions.Logins;

/// <summary>
/// Counts by key, each from its first event on for a while, in a table that never grows: a crowded row gives up the smallest count, so that a million passers-by
/// push nobody out who has failed more often than they. Thread-safe.
/// </summary>
internal sealed class RecentCounts(TimeProvider time, int rows = RecentCounts.DefaultRows)
{
    internal const int Width = 8;
    private const int DefaultRows = 8192;

    private readonly Lock _gate = new();
    private readonly Entry[] _entries = new Entry[rows * Width];
    // Keyed, so that nobody can choose whom he shares a row with.
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    /// <summary>How many entries there is room for.</summary>
    internal int Capacity => _entries.Length;

    /// <summary>The count of a key; 0 when it is unknown or its time is over.</summary>
    internal int Find(ReadOnlySpan<byte> key, TimeSpan window)
    {
        var name = Name(key);
        lock (_gate)
        {
            foreach (ref var entry in Row(name))
            {
                if (entry.Name == name) return IsOver(entry, window) ? 0 : entry.Count;
            }
            return 0;
        }
    }

    /// <summary>Counts one event and gives the count with it.</summary>
    internal int Add(ReadOnlySpan<byte> key, TimeSpan window)
    {
        var name = Name(key);
        lock (_gate)
        {
            ref var entry = ref Place(Row(name), name, window);
            if (entry.Name != name || IsOver(entry, window)) entry = new Entry { Name = name, Since = time.GetTimestamp() };
            if (entry.Count < int.MaxValue) entry.Count++;
            return entry.Count;
        }
    }

    /// <summary>Forgets a key, so that its time begins anew.</summary>
    internal void Forget(ReadOnlySpan<byte> key)
    {
        var name = Name(key);
        lock (_gate)
        {
            foreach (ref var entry in Row(name))
            {
                if (entry.Name == name) entry = default;
            }
        }
    }

    /// <summary>Where the key is, or else what may go for it: what is over, then the smallest count, then the oldest.</summary>
    private ref Entry Place(Span<Entry> row, ulong name, TimeSpan window)
    {
        var best = 0;
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i].Name == name) return ref row[i];
            if (Worth(row[i], window).CompareTo(Worth(row[best], window)) < 0) best = i;
        }
        return ref row[best];
    }

    private (int, long) Worth(in Entry entry, TimeSpan window) => IsOver(entry, window) ? (0, 0) : (entry.Count, entry.Since);

    private bool IsOver(in Entry entry, TimeSpan window) => entry.Count == 0 || time.GetElapsedTime(entry.Since) >= window;

    private Span<Entry> Row(ulong name) => _entries.AsSpan((int)(name % (ulong)(_entries.Length / Width)) * Width, Width);

    private ulong Name(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, key, hash);
        return BitConverter.ToUInt64(hash);
    }

    private struct Entry
    {
        internal ulong Name;
        internal long Since;
        internal int Count;
    }
}
