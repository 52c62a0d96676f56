namespace PolicyMTA.Delivery;

/// <summary>How much TLS a next hop must do (<c>smtp_tls_security_level</c>).</summary>
public enum TlsLevel
{
    /// <summary>Never STARTTLS.</summary>
    None,
    /// <summary>When offered, with any certificate; in plain text otherwise.</summary>
    May,
    /// <summary>Always, with any certificate.</summary>
    Encrypt,
}
