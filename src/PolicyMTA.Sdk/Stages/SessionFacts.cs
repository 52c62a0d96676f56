using System.Net;

namespace PolicyMTA.Sdk;

/// <summary>The SMTP client of a session. An immutable value.</summary>
public sealed record Client
{
    /// <summary>Its IP address; an IPv4-mapped IPv6 address is given as IPv4.</summary>
    public required IPAddress Address { get; init; }
    /// <summary>Its TCP port, 0 on a unix socket.</summary>
    public int Port { get; init; }
    /// <summary>Its verified name (the PTR name whose address record gives the address back), else <c>unknown</c>.</summary>
    public string Name { get; init; } = "unknown";
    /// <summary>Its PTR name, verified or not, else <c>unknown</c>.</summary>
    public string ReverseName { get; init; } = "unknown";
    /// <summary>True when a name lookup failed for now, so that <see cref="Name"/> says less than DNS may say later.</summary>
    public bool NameLookupFailed { get; init; }
    /// <summary>True when <c>mynetworks</c> holds the address.</summary>
    public bool IsInMyNetworks { get; init; }
    /// <summary>The proxy or XCLIENT host that named this client; null for a direct connection.</summary>
    public IPAddress? ProxiedBy { get; init; }
    /// <summary><c>name[address]</c>, as logs and replies show it.</summary>
    public override string ToString() => $"{Name}[{Address}]";
}

/// <summary>Our end of the connection. An immutable value.</summary>
public sealed record Server(IPAddress Address, int Port, string Name)
{
    /// <summary>What filters are told the service is called (<c>milter_macro_daemon_name</c>), where a listener has a name of its own for it; null elsewhere.</summary>
    public string? DaemonName { get; init; }
}

/// <summary>What the client called itself. An immutable value.</summary>
/// <param name="Name">The argument of HELO or EHLO.</param>
/// <param name="IsExtended">True after EHLO and LHLO.</param>
public sealed record Helo(string Name, bool IsExtended)
{
    /// <summary>True after LHLO: the session is LMTP.</summary>
    public bool IsLmtp { get; init; }
}

/// <summary>The TLS session of the connection. An immutable value.</summary>
public sealed record Tls
{
    /// <summary><c>TLSv1</c>, <c>TLSv1.1</c>, <c>TLSv1.2</c> or <c>TLSv1.3</c>.</summary>
    public required string Version { get; init; }
    /// <summary>The cipher suite's name as OpenSSL's, and Postfix's log, have it: <c>ECDHE-RSA-AES256-GCM-SHA384</c>.</summary>
    public required string Cipher { get; init; }
    /// <summary>Strength in bits.</summary>
    public int Bits { get; init; }
    /// <summary>The server name the client asked for; null when none.</summary>
    public string? ServerName { get; init; }
    /// <summary>The client's certificate; null when none was given.</summary>
    public ClientCertificate? Certificate { get; init; }
}

/// <summary>A client certificate. An immutable value.</summary>
/// <param name="Subject">Common name.</param>
/// <param name="Issuer">Common name of the issuer.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, upper-case hex pairs with colons.</param>
/// <param name="PublicKeyFingerprint">SHA-256 of the public key, likewise.</param>
/// <param name="IsVerified">True when it chains to a trusted root.</param>
public sealed record ClientCertificate(string Subject, string Issuer, string Fingerprint, string PublicKeyFingerprint, bool IsVerified);

/// <summary>A login that succeeded. An immutable value.</summary>
/// <param name="User">The account's name as the authenticator gave it.</param>
/// <param name="Mechanism">The SASL mechanism.</param>
public sealed record Sasl(string User, string Mechanism);

/// <summary>What is known of a session at one moment. All but <see cref="Counters"/> is an immutable value: a later moment is another one.</summary>
public sealed record SessionFacts
{
    /// <summary>The session's id, unique across restarts.</summary>
    public required string Id { get; init; }
    /// <summary>The client.</summary>
    public required Client Client { get; init; }
    /// <summary>Our end.</summary>
    public required Server Server { get; init; }
    /// <summary>The name of the listener that took the connection.</summary>
    public required string Listener { get; init; }
    /// <summary>Null before HELO or EHLO.</summary>
    public Helo? Helo { get; init; }
    /// <summary>Null on a plain connection.</summary>
    public Tls? Tls { get; init; }
    /// <summary>Null without a login.</summary>
    public Sasl? Sasl { get; init; }
    /// <summary>What the client was answered so far: the one of the session at every moment.</summary>
    public SessionCounters Counters { get; init; } = new();
    /// <summary>True once the client has sent commands ahead where RFC 2920 §3.1 forbids it.</summary>
    public bool HasPipelinedWithoutLeave { get; init; }
    /// <summary>True for a session that began when the server had too many (Postfix STRESS_README): it should be short.</summary>
    public bool IsUnderStress { get; init; }
}

/// <summary>What a session was answered so far. It goes on counting as the session does, on the session's own flow.</summary>
public sealed class SessionCounters
{
    /// <summary>Of a session that begins.</summary>
    public SessionCounters()
    {
    }

    /// <summary>Of a session that was recorded.</summary>
    internal SessionCounters(int messages, int recipients, int refusedRecipients, int errors) =>
        (Messages, Recipients, RefusedRecipients, Errors) = (messages, recipients, refusedRecipients, errors);

    /// <summary>Messages that were accepted.</summary>
    public int Messages { get; private set; }
    /// <summary>Recipients that were accepted, of all transactions.</summary>
    public int Recipients { get; private set; }
    /// <summary>Recipients that were refused, for now or for good.</summary>
    public int RefusedRecipients { get; private set; }
    /// <summary>Commands that were refused or wrong, recipients and messages among them.</summary>
    public int Errors { get; private set; }

    /// <summary>A recipient was answered.</summary>
    public void CountRecipient(bool accepted)
    {
        if (accepted) Recipients++;
        else RefusedRecipients++;
    }

    /// <summary>A message was accepted.</summary>
    public void CountMessage() => Messages++;

    /// <summary>Anything was refused.</summary>
    public void CountError() => Errors++;
}

/// <summary>What is known of a transaction at one moment. An immutable value; <see cref="Results"/> grows as milters run.</summary>
public sealed record TransactionFacts
{
    /// <summary>The reverse-path; only the null sender has no domain: <c>myorigin</c> completes others.</summary>
    public required Address Sender { get; init; }
    /// <summary>The reverse-path as the client gave it, for replies: perhaps without a domain.</summary>
    public Address GivenSender { get => field ?? Sender; init; }
    /// <summary>Which of the session it is, counted from 1: the same for all recipients of a message. 0 for a message without a session.</summary>
    public int Number { get; init; }
    /// <summary>How many recipients were accepted so far.</summary>
    public int AcceptedRecipients { get; init; }
    /// <summary>The parameters of MAIL.</summary>
    public MailParameters Mail { get; init; } = MailParameters.None;
    /// <summary>Assigned at the first accepted RCPT; null before.</summary>
    public QueueId? QueueId { get; init; }
    /// <summary>What authentication checks have found so far.</summary>
    public AuthenticationResults Results { get; init; } = new();
}
