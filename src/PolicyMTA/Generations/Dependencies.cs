using System.Collections.Concurrent;

namespace PolicyMTA.Generations;

/// <summary>What a part used while it was made and since: when none of it has changed, the part serves the next generation too. Thread-safe.</summary>
internal sealed class Dependencies
{
    private readonly ConcurrentDictionary<string, string> _settings = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _tables = new(StringComparer.Ordinal);
    private volatile string? _lastSetting;

    /// <summary>True once the part has asked for address classes, which belong to one generation.</summary>
    public bool UsesAddresses { get; set; }

    /// <summary>The parameter read last: the likely culprit when making the part fails.</summary>
    public string? LastSetting => _lastSetting;

    /// <summary>Notes a parameter that was read.</summary>
    public void AddSetting(string name, string text)
    {
        _settings[name] = text;
        _lastSetting = name;
    }

    /// <summary>Notes a table that was opened.</summary>
    public void AddTable(string specification, string hash) => _tables[specification] = hash;

    /// <summary>The hash of what was used.</summary>
    public string Hash => ContentHash.OfTexts(Sorted(_settings).Concat(["\n"]).Concat(Sorted(_tables)));

    /// <summary>True when a generation has the same parameters, tables and, if they were used, address classes.</summary>
    public bool HoldFor(GenerationScope scope, bool sameAddresses) =>
        (sameAddresses || !UsesAddresses) && _settings.All(s => scope.FindSetting(s.Key) == s.Value) && _tables.All(t => scope.Tables.FindHash(t.Key) == t.Value);

    private static IEnumerable<string> Sorted(ConcurrentDictionary<string, string> entries) =>
        entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={e.Value}");
}
