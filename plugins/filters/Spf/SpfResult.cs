namespace PolicyMTA.Filters.Spf;

/// <summary>What a check came to (RFC 7208 §2.6).</summary>
internal enum SpfResult
{
    /// <summary>There is no record, or no name to look one up for.</summary>
    None,
    /// <summary>The domain says nothing about the client.</summary>
    Neutral,
    /// <summary>The client may send for the domain.</summary>
    Pass,
    /// <summary>It may not.</summary>
    Fail,
    /// <summary>It probably may not.</summary>
    SoftFail,
    /// <summary>DNS could not say now.</summary>
    TempError,
    /// <summary>The domain's records can't be understood.</summary>
    PermError,
}
