namespace PolicyMTA.Authentication.Passwords;

/// <summary>How a password compares with a stored hash.</summary>
internal enum HashMatch
{
    No,
    Yes,
    /// <summary>The hash is of a scheme that is not implemented.</summary>
    Unsupported,
    /// <summary>The hash is not what its scheme writes.</summary>
    Malformed,
}
