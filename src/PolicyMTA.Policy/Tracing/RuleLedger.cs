using System.Collections.Concurrent;

namespace PolicyMTA.Policy;

/// <summary>The counts of every rule there was since the server started: they outlive generations, so that a reload does not set them back. Thread-safe.</summary>
public sealed class RuleLedger
{
    // A reload may bring names that were never there; a site that makes them up without end shares one entry.
    internal const int Most = 10_000;

    private readonly ConcurrentDictionary<(string Stage, string Rule, string File, int Occurrence), RuleCounts> _rules = new();

    /// <summary>All there are, those of earlier generations too.</summary>
    public IEnumerable<RuleCounts> Rules => _rules.Values;

    /// <summary>A rule's counts. Lines move with every edit, so the place in the list names a rule, not its line.</summary>
    internal RuleCounts Of(string stage, string rule, string file, int occurrence)
    {
        var key = (stage, rule, file, occurrence);
        if (_rules.TryGetValue(key, out var known)) return known;
        if (_rules.Count >= Most) key = ("", "overflow", "", 1);
        return _rules.GetOrAdd(key, static k => new RuleCounts(k.Stage, k.Rule, k.File, k.Occurrence));
    }
}
