namespace PolicyMTA.Filters.Dmarc;

/// <summary>What a check came to, as Authentication-Results says it (RFC 9989 §9.1).</summary>
internal enum DmarcResult
{
    /// <summary>There is no policy for the author's domain.</summary>
    None,
    /// <summary>An aligned identifier passed.</summary>
    Pass,
    /// <summary>None did.</summary>
    Fail,
    /// <summary>DNS could not say now.</summary>
    TempError,
    /// <summary>The message has no one author's domain.</summary>
    PermError,
}
