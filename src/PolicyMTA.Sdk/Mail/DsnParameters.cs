namespace PolicyMTA.Sdk;

/// <summary>When a recipient's sender wants a report (RFC 3461 §4.1). <see cref="Unspecified"/>: the parameter was not given.</summary>
[Flags]
public enum Notify
{
    /// <summary>No NOTIFY parameter: failures are reported, delays as configured.</summary>
    Unspecified = 0,
    /// <summary>NOTIFY=NEVER; stands alone.</summary>
    Never = 1,
    /// <summary>NOTIFY=SUCCESS.</summary>
    Success = 2,
    /// <summary>NOTIFY=FAILURE.</summary>
    Failure = 4,
    /// <summary>NOTIFY=DELAY.</summary>
    Delay = 8,
}

/// <summary>How much of the message a report returns (RFC 3461 §4.3).</summary>
public enum Ret
{
    /// <summary>No RET parameter: the server chooses.</summary>
    Unspecified,
    /// <summary>RET=FULL.</summary>
    Full,
    /// <summary>RET=HDRS.</summary>
    Headers,
}

/// <summary>BODY of MAIL (RFC 6152, RFC 3030).</summary>
public enum BodyType
{
    /// <summary>Not given.</summary>
    Unspecified,
    /// <summary>BODY=7BIT.</summary>
    SevenBit,
    /// <summary>BODY=8BITMIME.</summary>
    EightBitMime,
    /// <summary>BODY=BINARYMIME.</summary>
    BinaryMime,
}

/// <summary>The parameters of MAIL, as the sender gave them. An immutable value; every field may be missing.</summary>
public sealed record MailParameters
{
    /// <summary>No parameter at all.</summary>
    public static MailParameters None { get; } = new();
    /// <summary>SIZE in bytes (RFC 1870), null when not given.</summary>
    public long? Size { get; init; }
    /// <summary>BODY.</summary>
    public BodyType Body { get; init; }
    /// <summary>SMTPUTF8 (RFC 6531).</summary>
    public bool SmtpUtf8 { get; init; }
    /// <summary>REQUIRETLS (RFC 8689).</summary>
    public bool RequireTls { get; init; }
    /// <summary>RET (RFC 3461 §4.3).</summary>
    public Ret Ret { get; init; }
    /// <summary>ENVID, xtext decoded (RFC 3461 §4.4); null when not given.</summary>
    public string? EnvelopeId { get; init; }
    /// <summary>The value of <see cref="Auth"/> that names nobody.</summary>
    public const string UnknownAuth = "<>";
    /// <summary>
    /// AUTH (RFC 4954 §5): who is said to have handed the message in, xtext decoded; null when not given, <see cref="UnknownAuth"/> when not known. Anybody may claim it:
    /// the queue and the next hop get it only from clients that logged in.
    /// </summary>
    public string? Auth { get; init; }
}

/// <summary>The parameters of RCPT, as the sender gave them. An immutable value.</summary>
public sealed record RecipientParameters
{
    /// <summary>No parameter at all.</summary>
    public static RecipientParameters None { get; } = new();
    /// <summary>NOTIFY (RFC 3461 §4.1).</summary>
    public Notify Notify { get; init; }
    /// <summary>ORCPT as <c>type;address</c>, xtext decoded (RFC 3461 §4.2); null when not given.</summary>
    public string? OriginalRecipient { get; init; }
}
