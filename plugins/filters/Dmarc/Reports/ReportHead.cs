namespace PolicyMTA.Filters.Dmarc.Reports;

/// <summary>Who reports on what, and when (RFC 9990 §3.1.1). An immutable value.</summary>
internal sealed record ReportHead
{
    /// <summary>Who reports.</summary>
    public required string Organization { get; init; }
    /// <summary>Whom to ask about it.</summary>
    public required string Mail { get; init; }
    /// <summary>Unique among this organization's reports; a word.</summary>
    public required string Id { get; init; }
    /// <summary>When the time that is reported began.</summary>
    public required DateTimeOffset Begin { get; init; }
    /// <summary>When it ended.</summary>
    public required DateTimeOffset End { get; init; }
    /// <summary>The policy that applied.</summary>
    public required PublishedPolicy Policy { get; init; }
    /// <summary>True when it was found by the tree walk.</summary>
    public bool Walks { get; init; } = true;
}
