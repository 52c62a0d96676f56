namespace PolicyMTA.Filters.Dmarc;

/// <summary>What a domain asks to be done with mail that fails (RFC 9989 §4.7), from mild to strict.</summary>
internal enum DmarcPolicy
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>It should be looked upon with suspicion.</summary>
    Quarantine,
    /// <summary>It should be refused.</summary>
    Reject,
}

/// <summary>Words and steps of policies.</summary>
internal static class DmarcPolicies
{
    /// <summary>The word of records, reports and results.</summary>
    internal static string Word(this DmarcPolicy policy) => policy switch { DmarcPolicy.Reject => "reject", DmarcPolicy.Quarantine => "quarantine", _ => "none" };

    /// <summary>The next milder one: for a domain that tests (<c>t=y</c>), and for mail that <c>pct</c> leaves out.</summary>
    internal static DmarcPolicy Milder(this DmarcPolicy policy) => policy == DmarcPolicy.Reject ? DmarcPolicy.Quarantine : DmarcPolicy.None;

    /// <summary>Reads a word; null when it is none of the three.</summary>
    internal static DmarcPolicy? Parse(string word) => word.ToLowerInvariant() switch
    {
        "none" => DmarcPolicy.None,
        "quarantine" => DmarcPolicy.Quarantine,
        "reject" => DmarcPolicy.Reject,
        _ => null,
    };
}
