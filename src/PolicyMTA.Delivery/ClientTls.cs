using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>TLS towards other servers (<c>smtp_tls_*</c>, <c>lmtp_tls_*</c>). An immutable value.</summary>
public sealed record ClientTls
{
    /// <summary><c>smtp_tls_security_level</c>, where no policy says otherwise.</summary>
    public TlsLevel Level { get; init; } = TlsLevel.May;
    /// <summary><c>smtp_tls_policy_maps</c>: next hop to <c>level attribute=value …</c>.</summary>
    public IReadOnlyList<ILookupTable> PolicyMaps { get; init; } = [];
    /// <summary><c>smtp_tls_CAfile</c>: whose certificates are believed where they are verified; null: whom the system believes.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }
    /// <summary><c>smtp_tls_wrappermode</c>: the handshake comes before the greeting.</summary>
    public bool IsImplicit { get; init; }
    /// <summary><c>smtp_tls_loglevel</c> of 1: each handshake leaves a line in the log.</summary>
    public bool LogsHandshakes { get; init; }
    /// <summary><c>smtp_tls_verify_cert_match</c>.</summary>
    public string VerifyMatch { get; init; } = "hostname";
    /// <summary><c>smtp_tls_secure_cert_match</c>.</summary>
    public string SecureMatch { get; init; } = "nexthop, dot-nexthop";
    /// <summary><c>smtp_tls_protocols</c>: the versions at level <see cref="TlsLevel.May"/>; none: what the system speaks.</summary>
    public SslProtocols Protocols { get; init; }
    /// <summary><c>smtp_tls_mandatory_protocols</c>: the versions from <see cref="TlsLevel.Encrypt"/> on.</summary>
    public SslProtocols MandatoryProtocols { get; init; }
}
