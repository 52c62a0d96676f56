using System.Net;
using System.Net.Security;

namespace PolicyMTA.Receiving;

/// <summary>How a listener speaks TLS.</summary>
public enum ListenerTls
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>After STARTTLS.</summary>
    StartTls,
    /// <summary>From the first byte (<c>smtpd_tls_wrappermode</c>).</summary>
    Implicit,
}

/// <summary>What a listener speaks.</summary>
public enum ListenerProtocol
{
    /// <summary>SMTP.</summary>
    Smtp,
    /// <summary>LMTP (RFC 2033).</summary>
    Lmtp,
}

/// <summary>One listener of a generation. An immutable value.</summary>
public sealed record ListenerSettings
{
    /// <summary>Its name: <c>smtp</c>, <c>submission</c>.</summary>
    public required string Name { get; init; }
    /// <summary>Where it listens: an <see cref="IPEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.</summary>
    public required EndPoint EndPoint { get; init; }
    /// <summary>What it speaks.</summary>
    public ListenerProtocol Protocol { get; init; }
    /// <summary>How it speaks TLS.</summary>
    public ListenerTls Tls { get; init; }
    /// <summary>The set of policies its sessions follow.</summary>
    public string PolicySet { get; init; } = "";
    /// <summary>The certificate; null only without TLS.</summary>
    public SslStreamCertificateContext? Certificate { get; init; }
    /// <summary>What its sessions do, with this listener's overrides.</summary>
    public required SmtpServiceSettings Service { get; init; }
}
