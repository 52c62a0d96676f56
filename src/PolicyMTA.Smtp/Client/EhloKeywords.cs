namespace PolicyMTA.Smtp;

/// <summary>What a server said it can do. An immutable value.</summary>
public sealed record EhloKeywords
{
    /// <summary>A server that only knows HELO.</summary>
    public static EhloKeywords None { get; } = new();

    public bool Pipelining { get; init; }
    public bool HasSize { get; init; }
    /// <summary>The limit of SIZE; null when it gave none (0 counts as none, RFC 1870 §4).</summary>
    public long? Size { get; init; }
    public bool StartTls { get; init; }
    /// <summary>Upper case, in the server's order.</summary>
    public IReadOnlyList<string> AuthMechanisms { get; init; } = [];
    public bool EightBitMime { get; init; }
    public bool BinaryMime { get; init; }
    public bool Dsn { get; init; }
    public bool SmtpUtf8 { get; init; }
    public bool Chunking { get; init; }
    public bool EnhancedStatusCodes { get; init; }
    public bool RequireTls { get; init; }

    /// <summary>Reads the reply to EHLO (or LHLO).</summary>
    public static EhloKeywords Parse(RemoteReply reply) => throw new NotImplementedException();
}
