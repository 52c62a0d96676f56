using System.Collections.Concurrent;

namespace PolicyMTA.Filters.Dkim;

/// <summary>Keys that were read from records: to take one apart costs more than to verify with it. Only as many as a site's correspondents sign with in an hour or so. Thread-safe.</summary>
internal static class KeyCache
{
    internal const int MostKeys = 2048;

    private static readonly ConcurrentDictionary<(string Record, DkimAlgorithm Algorithm), DkimKey> Keys = new();

    /// <summary>The key of a record; null with why it is of no use.</summary>
    internal static DkimKey? Find(string record, DkimAlgorithm algorithm, out string problem)
    {
        problem = "";
        if (Keys.TryGetValue((record, algorithm), out var known)) return known;
        if (!DkimKey.TryParse(record, algorithm, out var key, out problem)) return null;
        // Those that are in use are read again; the rest is gone.
        if (Keys.Count >= MostKeys) Keys.Clear();
        return Keys.GetOrAdd((record, algorithm), key);
    }
}
