using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>What a client's certificate says of it. It is asked for where the configuration says so; whether it is trusted is for policies, unless it is required.</summary>
internal static class ClientCertificates
{
    /// <summary>Sets a handshake up to ask.</summary>
    internal static void Ask(SslServerAuthenticationOptions options, TlsSettings settings, bool isMandatory)
    {
        if (!settings.AsksForCertificates) return;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = Policy(settings);
        var isRequired = settings.RequiresCertificates && isMandatory;
        options.RemoteCertificateValidationCallback = (_, _, _, errors) => !isRequired || errors == SslPolicyErrors.None;
    }

    /// <summary>What rules may know of the certificate; null without one.</summary>
    internal static ClientCertificate? Describe(SslStream stream, TlsSettings settings)
    {
        if (stream.RemoteCertificate is not { } given) return null;
        using var certificate = X509CertificateLoader.LoadCertificate(given.GetRawCertData());
        return new ClientCertificate(
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true),
            Fingerprint(certificate.RawData),
            Fingerprint(certificate.PublicKey.ExportSubjectPublicKeyInfo()),
            IsTrusted(certificate, settings));
    }

    private static bool IsTrusted(X509Certificate2 certificate, TlsSettings settings)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(settings) };
        return chain.Build(certificate);
    }

    /// <summary>Only <c>smtpd_tls_CAfile</c> is trusted, as in Postfix: not all that the system trusts for the web. Nothing is fetched while a client waits.</summary>
    private static X509ChainPolicy Policy(TlsSettings settings)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(settings.Authorities);
        policy.ExtraStore.AddRange(settings.Authorities);
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2")); // TLS client
        return policy;
    }

    private static string Fingerprint(byte[] bytes) => BitConverter.ToString(SHA256.HashData(bytes)).Replace('-', ':');
}
