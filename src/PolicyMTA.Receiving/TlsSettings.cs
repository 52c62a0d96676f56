using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving;

/// <summary>How a listener's sessions speak TLS: Postfix's <c>smtpd_tls_</c> parameters. An immutable value.</summary>
public sealed record TlsSettings
{
    /// <summary><c>smtpd_tls_protocols</c>: for clients that may go on without TLS.</summary>
    public SslProtocols Protocols { get; init; } = TlsProtocolList.AtLeastTls10;
    /// <summary><c>smtpd_tls_mandatory_protocols</c>: where TLS is a must.</summary>
    public SslProtocols MandatoryProtocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;
    /// <summary><c>smtpd_starttls_timeout</c>: the whole handshake.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary><c>smtpd_tls_loglevel</c> above 0: a line for each handshake that succeeded.</summary>
    public bool LogsHandshakes { get; init; }
    /// <summary><c>smtpd_tls_ask_ccert</c>: clients may show a certificate.</summary>
    public bool AsksForCertificates { get; init; }
    /// <summary><c>smtpd_tls_req_ccert</c>: where TLS is a must, only clients with a trusted certificate may go on. It asks, too.</summary>
    public bool RequiresCertificates { get; init; }
    /// <summary><c>smtpd_tls_CAfile</c>: who may have signed a client's certificate.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];
    /// <summary><c>smtpd_tls_received_header</c>: the Received field tells protocol and cipher.</summary>
    public bool InReceivedField { get; init; }
}
