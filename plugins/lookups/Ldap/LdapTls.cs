using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>How TLS is spoken: whom we trust and who we are.</summary>
/// <param name="IsVerified"><c>tls_require_cert</c>: a server without a valid certificate of its name is refused. Postfix's default is no.</param>
/// <param name="Roots">Who may have signed it; null for the system's authorities.</param>
/// <param name="Certificate">Ours; null for none.</param>
internal sealed record LdapTls(bool IsVerified, X509Certificate2Collection? Roots, X509Certificate2? Certificate)
{
    /// <exception cref="ConfigurationException">A file can't be read.</exception>
    internal static LdapTls Read(QueryParameters parameters)
    {
        X509Certificate2Collection? roots = null;
        foreach (var file in Authorities(parameters)) File(parameters, "tls_ca_cert_file", () => (roots ??= []).ImportFromPemFile(file));
        X509Certificate2? certificate = null;
        if (parameters.Find("tls_cert") is { Length: > 0 } cert)
        {
            var key = parameters.Find("tls_key") is { Length: > 0 } given ? given : cert;
            File(parameters, "tls_cert", () => certificate = X509Certificate2.CreateFromPemFile(parameters.FullPath(cert), parameters.FullPath(key)));
        }
        return new LdapTls(YesNo(parameters, "tls_require_cert"), roots, certificate);
    }

    internal async ValueTask<SslStream> StartAsync(Stream inner, string host, CancellationToken cancellationToken)
    {
        var stream = new SslStream(inner);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    ClientCertificates = Certificate is null ? null : [Certificate],
                    RemoteCertificateValidationCallback = (_, certificate, _, errors) => !IsVerified || IsTrusted(certificate, errors),
                },
                cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    internal static bool YesNo(QueryParameters parameters, string name) => parameters.Find(name) switch
    {
        null or "" or "no" => false,
        "yes" => true,
        var other => throw parameters.Mistake(name, $"'{other}' is none of yes, no"),
    };

    private static IEnumerable<string> Authorities(QueryParameters parameters)
    {
        if (parameters.Find("tls_ca_cert_file") is { Length: > 0 } file) yield return parameters.FullPath(file);
        if (parameters.Find("tls_ca_cert_dir") is not { Length: > 0 } given) yield break;
        var folder = parameters.FullPath(given);
        if (!Directory.Exists(folder)) throw parameters.Mistake("tls_ca_cert_dir", $"there is no folder '{folder}'");
        foreach (var found in Directory.EnumerateFiles(folder)) yield return found;
    }

    private static void File(QueryParameters parameters, string name, Action read)
    {
        try
        {
            read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw parameters.Mistake(name, error.Message);
        }
    }

    private bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return false;
        if (Roots is null) return errors == SslPolicyErrors.None;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate as X509Certificate2 ?? new X509Certificate2(certificate));
    }
}
