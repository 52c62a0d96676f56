namespace PolicyMTA.Smtp;

/// <summary>How exact an address has to be. Postfix takes more than RFC 5321 allows, and so do we where mail would be lost otherwise.</summary>
internal readonly record struct AddressRules
{
    /// <summary>A mailbox by the book.</summary>
    public static AddressRules Mailbox { get; } = new() { IsStrict = true, NeedsDomain = true, HasLengthLimits = true, HasExactDomain = true, AllowsUtf8Domain = true };

    /// <summary><c>strict_rfc821_envelopes</c>: angle brackets, and no stray dots in local parts.</summary>
    public bool IsStrict { get; init; }

    /// <summary><c>&lt;&gt;</c> is an address.</summary>
    public bool AllowsNull { get; init; }

    public bool NeedsDomain { get; init; }

    /// <summary>RFC 5321 §4.5.3.1 for the local part and the path.</summary>
    public bool HasLengthLimits { get; init; }

    /// <summary>No underscore, no dot at the end.</summary>
    public bool HasExactDomain { get; init; }

    public bool AllowsUtf8Domain { get; init; }
}
