namespace PolicyMTA.Filters.Dkim;

/// <summary>What a verifier believes.</summary>
internal sealed record DkimRules
{
    /// <summary>Signatures that are looked at, from the top; what stands below costs nothing.</summary>
    internal int SignatureLimit { get; init; } = 5;

    /// <summary>RSA keys with fewer bits prove nothing (RFC 8301 §3.2).</summary>
    internal int LeastKeyBits { get; init; } = 1024;

    /// <summary>SHA-1 proves nothing (RFC 8301 §3.1).</summary>
    internal bool BelievesSha1 { get; init; }

    /// <summary>A body whose end is not signed is good enough. What stands behind the signed part may come from anybody.</summary>
    internal bool BelievesPartOfBody { get; init; } = true;

    /// <summary>How far clocks may be apart.</summary>
    internal TimeSpan ClockDrift { get; init; } = TimeSpan.FromMinutes(5);
}
