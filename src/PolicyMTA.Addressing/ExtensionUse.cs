namespace PolicyMTA.Addressing;

/// <summary>Which tables hand an extension on that no key held (<c>propagate_unmatched_extensions</c>).</summary>
[Flags]
public enum ExtensionUse
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary><c>canonical</c>.</summary>
    Canonical = 1,
    /// <summary><c>virtual</c>.</summary>
    Virtual = 2,
    /// <summary><c>generic</c>.</summary>
    Generic = 4,
}
