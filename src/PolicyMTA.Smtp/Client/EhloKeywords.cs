using System.Globalization;
using PolicyMTA.Sdk;

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
    public static EhloKeywords Parse(RemoteReply reply) => reply.Lines.Skip(1).Aggregate(None, (known, line) => known.With(line));

    /// <summary>The parameters this server takes. What it lacks is left out, as a relay may (RFC 3461 §5.2.2); SMTPUTF8 and REQUIRETLS are kept: without them the message must not go.</summary>
    public MailParameters Offered(MailParameters parameters) => parameters with
    {
        Size = HasSize ? parameters.Size : null,
        Body = EightBitMime && (parameters.Body != BodyType.BinaryMime || BinaryMime) ? parameters.Body : BodyType.Unspecified,
        Ret = Dsn ? parameters.Ret : Ret.Unspecified,
        EnvelopeId = Dsn ? parameters.EnvelopeId : null,
        Auth = AuthMechanisms.Count > 0 ? parameters.Auth : null,
    };

    /// <inheritdoc cref="Offered(MailParameters)"/>
    public RecipientParameters Offered(RecipientParameters parameters) => Dsn ? parameters : RecipientParameters.None;

    private EhloKeywords With(string line)
    {
        // AUTH=PLAIN is how servers wrote it before RFC 2554, and some still write both.
        var words = line.ToUpperInvariant().Split([' ', '\t', '='], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return this;
        return words[0] switch
        {
            "PIPELINING" => this with { Pipelining = true },
            "SIZE" => this with { HasSize = true, Size = Limit(words) ?? Size },
            "STARTTLS" => this with { StartTls = true },
            "AUTH" => this with { AuthMechanisms = [.. AuthMechanisms.Union(words[1..], StringComparer.Ordinal)] },
            "8BITMIME" => this with { EightBitMime = true },
            "BINARYMIME" => this with { BinaryMime = true },
            "DSN" => this with { Dsn = true },
            "SMTPUTF8" => this with { SmtpUtf8 = true },
            "CHUNKING" => this with { Chunking = true },
            "ENHANCEDSTATUSCODES" => this with { EnhancedStatusCodes = true },
            "REQUIRETLS" => this with { RequireTls = true },
            _ => this,
        };
    }

    private static long? Limit(string[] words) =>
        words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit : null;
}
