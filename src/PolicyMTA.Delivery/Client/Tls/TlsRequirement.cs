using System.Security.Authentication;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client.Tls;

/// <summary>What a session must do about TLS. An immutable value; equal ones may share a connection.</summary>
/// <param name="Level">How much.</param>
/// <param name="Match">The names that the certificate may bear, as <c>smtp_tls_verify_cert_match</c> writes them, <c>nexthop</c> already replaced; from <see cref="TlsLevel.Verify"/> on.</param>
/// <param name="Protocols">The versions to speak; none: what the system speaks.</param>
/// <param name="ServerName">What to ask for by SNI; null: the host's name.</param>
/// <param name="IsImplicit">The handshake comes before the greeting.</param>
internal sealed record TlsRequirement(TlsLevel Level, string Match = "", SslProtocols Protocols = SslProtocols.None, string? ServerName = null, bool IsImplicit = false)
{
    /// <summary>Plain text.</summary>
    public static TlsRequirement None { get; } = new(TlsLevel.None);

    /// <summary>The message insists, so that a server that can't do it is passed over (RFC 8689).</summary>
    public bool IsByMessage { get; init; }

    /// <summary>True when the certificate counts.</summary>
    public bool IsVerified => Level >= TlsLevel.Verify;

    /// <summary>What REQUIRETLS makes of it: at least a certificate of the host's name (RFC 8689 §4.2.1).</summary>
    public TlsRequirement ForMessage() => IsVerified ? this with { IsByMessage = true } : this with { Level = TlsLevel.Verify, Match = "hostname", IsByMessage = true };
}
