namespace PolicyMTA.Smtp;

/// <summary>Which forms and parameters a listener takes. An immutable value; it should match what EHLO offers.</summary>
public sealed record SmtpSyntax
{
    public static SmtpSyntax Default { get; } = new();

    /// <summary><c>strict_rfc821_envelopes</c>: addresses need angle brackets and RFC 5321's grammar.</summary>
    public bool StrictEnvelopes { get; init; }

    /// <summary>LMTP (RFC 2033): LHLO in the place of HELO and EHLO.</summary>
    public bool IsLmtp { get; init; }

    /// <summary><c>smtputf8_enable</c>.</summary>
    public bool AllowSmtpUtf8 { get; init; } = true;

    /// <summary><c>strict_smtputf8</c>: no address outside ASCII without the parameter SMTPUTF8.</summary>
    public bool StrictSmtpUtf8 { get; init; }

    public bool AllowDsn { get; init; } = true;

    public bool Allow8BitMime { get; init; } = true;

    public bool AllowSize { get; init; } = true;

    public bool AllowBinaryMime { get; init; }

    public bool AllowRequireTls { get; init; }
}
