using System.Net.Security;

namespace PolicyMTA.Receiving;

/// <summary>A certificate with its key as listeners show it. It may be renewed at any time: the next handshake shows the new one, sessions go on. Thread-safe.</summary>
public sealed class ServerCertificate(SslStreamCertificateContext context)
{
    private volatile SslStreamCertificateContext _context = context;

    /// <summary>The one to show now.</summary>
    public SslStreamCertificateContext Context => _context;

    /// <summary>Shows another one from now on. Handshakes under way may still use the old one; the collector takes it when they are done.</summary>
    public void Renew(SslStreamCertificateContext context) => _context = context;
}
