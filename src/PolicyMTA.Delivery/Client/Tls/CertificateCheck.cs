using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace PolicyMTA.Delivery.Client.Tls;

/// <summary>
/// Options of one handshake, and what it showed. A certificate that is not good enough is judged after the handshake, so that it is told apart from a
/// handshake that failed; nothing is sent in between.
/// </summary>
internal sealed class CertificateCheck(TlsRequirement requirement, Destination destination, X509Certificate2Collection? roots)
{
    /// <summary>A trusted authority signed it, and it is of this time.</summary>
    public bool IsTrusted { get; private set; }

    /// <summary>It bears a name that was asked for.</summary>
    public bool HasName { get; private set; }

    /// <summary>How the log calls it: Postfix's words.</summary>
    public string Grade => IsTrusted ? requirement.IsVerified && HasName ? "Verified" : "Trusted" : "Untrusted";

    public SslClientAuthenticationOptions Options() => new()
    {
        TargetHost = requirement.ServerName ?? destination.HostName,
        EnabledSslProtocols = requirement.Protocols,
        CertificateChainPolicy = Trust(),
        // Levels may and encrypt ask for secrecy from listeners, not for a name: most MX hosts have no certificate of a public authority (RFC 7435). For
        // those above them the session's opener asks for the verdict.
        RemoteCertificateValidationCallback = Judge,
    };

    /// <summary>What is wrong with it, where that counts; null when nothing is.</summary>
    public string? FindFault() => requirement switch
    {
        { IsVerified: false } => null,
        _ when !IsTrusted => "Server certificate not trusted",
        _ when !HasName => "Server certificate not verified",
        _ => null,
    };

    private bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 shown) return !requirement.IsVerified;
        IsTrusted = (errors & (SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNotAvailable)) == 0;
        HasName = requirement.IsVerified && CertificateNames.Fit(shown, requirement.Match, destination.HostName);
        return true;
    }

    private X509ChainPolicy Trust()
    {
        // Nothing is fetched from anywhere: a certificate must not decide whom we connect to, nor how long a handshake takes.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (roots is null) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
