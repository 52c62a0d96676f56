namespace PolicyMTA.Filters.Dmarc;

/// <summary>What a check of one author's domain came to. An immutable value.</summary>
internal sealed record DmarcOutcome(DmarcResult Result, string Author, string Reason = "")
{
    /// <summary>The record that spoke; null when there is none.</summary>
    public PublishedPolicy? Published { get; init; }
    /// <summary>What it says of such a domain, before tests and shares.</summary>
    public DmarcPolicy Requested { get; init; }
    /// <summary>What it asks for this message, if it failed.</summary>
    public DmarcPolicy Policy { get; init; }
    /// <summary>The aligned domain whose signature verified; null without one.</summary>
    public string? Dkim { get; init; }
    /// <summary>The aligned domain that SPF vouches for; null without one.</summary>
    public string? Spf { get; init; }

    /// <summary>What is to be done: only mail that failed has a policy against it.</summary>
    internal DmarcPolicy Disposition => Result == DmarcResult.Fail ? Policy : DmarcPolicy.None;
}
