namespace PolicyMTA.Sdk;

/// <summary>How much TLS a next hop must do (<c>smtp_tls_security_level</c>), from nothing to most.</summary>
public enum TlsLevel
{
    /// <summary>Never STARTTLS.</summary>
    None,
    /// <summary>When offered, with any certificate; in plain text otherwise.</summary>
    May,
    /// <summary>Always, with any certificate.</summary>
    Encrypt,
    /// <summary>Always, with a certificate that is good for the host's name: what REQUIRETLS asks for (RFC 8689 §4.2.1).</summary>
    Verify,
    /// <summary>Always, with a certificate that is good for the next hop's own name, which DNS can't forge.</summary>
    Secure,
}
