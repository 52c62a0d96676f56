using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PolicyMTA.Configuration;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>Brings certificates into a generation: one context for each pair of files, however many listeners use it.</summary>
internal static class CertificateParts
{
    /// <summary>The context for listeners with these parameters; null when they name no certificate.</summary>
    /// <exception cref="ConfigurationException">The files can't be used.</exception>
    public static SslStreamCertificateContext? Obtain(GenerationScope scope, Parameters parameters)
    {
        if (parameters.FilePath("smtpd_tls_cert_file") is not { } certificate || parameters.FilePath("smtpd_tls_key_file") is not { } key) return null;
        var hash = HashOf(certificate, key);
        var known = scope.Parts.Find<SslStreamCertificateContext>("certificate", certificate);
        if (known?.Hash == hash) return known.Value;
        var part = scope.FindEarlier<SslStreamCertificateContext>("certificate", certificate) is { } earlier && earlier.Hash == hash
            ? scope.Parts.Keep(earlier)
            : scope.Parts.Add("certificate", certificate, hash, Load(certificate, key), Forget);
        return part.Value;
    }

    private static string HashOf(string certificate, string key)
    {
        try
        {
            return ContentHash.OfTexts(ContentHash.OfFile(certificate), key, ContentHash.OfFile(key));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(error.Message, error);
        }
    }

    private static SslStreamCertificateContext Load(string certificate, string key)
    {
        foreach (var path in new[] { certificate, key }.Where(p => !File.Exists(p))) throw new ConfigurationException($"there is no file {path}");
        try
        {
            var leaf = X509Certificate2.CreateFromPemFile(certificate, key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificate);
            // Offline: fetching missing intermediates while starting would make a start depend on the network.
            return SslStreamCertificateContext.Create(leaf, chain, offline: true);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException($"the certificate {certificate} with the key {key} can't be used: {error.Message}", error);
        }
    }

    // Handshakes under way may still use it; the collector takes it when they are done.
    private static ValueTask Forget(SslStreamCertificateContext context) => ValueTask.CompletedTask;
}
