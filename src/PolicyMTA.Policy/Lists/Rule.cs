using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Lists;

/// <summary>A rule of a prepared list, shared by all sessions: it keeps no state of one, and only counts.</summary>
internal abstract class Rule(string name, Place place)
{
    public string Name { get; } = name;

    public Place Place { get; } = place;

    /// <summary>What it was asked and said; null before its list is complete, and for rules inside another.</summary>
    public RuleCounts? Counts { get; set; }

    /// <summary>What a list that is evaluated again must show at this position.</summary>
    public abstract string Kind { get; }

    /// <summary>True when nothing behind it in the list can be reached.</summary>
    public virtual bool IsUnconditional => false;

    /// <summary>Asks it. Throws only when the session's token ends.</summary>
    public abstract ValueTask<RuleAnswer> AskAsync(RuleScope scope, ClientContext context, CancellationToken cancellationToken);
}
