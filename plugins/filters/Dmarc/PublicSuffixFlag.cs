namespace PolicyMTA.Filters.Dmarc;

/// <summary>Whether a domain is a public suffix, by its own word: the tag <c>psd</c> (RFC 9989 §4.7).</summary>
internal enum PublicSuffixFlag
{
    /// <summary>It does not say.</summary>
    Unknown,
    /// <summary>It is one.</summary>
    Yes,
    /// <summary>It is the organizational domain of what is below it.</summary>
    No,
}
